"""The mentions that a digest quotes."""

from collections.abc import Sequence

from sqlite_utils import Database

from alerts.reading import Reading, readings


def first_different(db: Database, seqs: Sequence[int], count: int) -> tuple[Reading, ...]:
    """The first `count` of these mentions whose text is still there, none repeating another's."""
    different: dict[str, Reading] = {}
    for reading in readings(db, seqs):
        different.setdefault(" ".join(reading.text.casefold().split()), reading)
    return tuple(different.values())[:count]
