"""The mentions that a digest quotes: none twice, not even as another's copy."""

from collections.abc import Sequence

from sqlite_utils import Database

from alerts.reading import Reading, readings


class Quotes:
    """Hands out mentions to quote, and remembers what was quoted before."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._quoted: set[str] = set()

    def first(self, seqs: Sequence[int], count: int) -> tuple[Reading, ...]:
        """The first `count` of these mentions whose text is still there and not quoted yet."""
        taken: list[Reading] = []
        for reading in readings(self._db, seqs):
            words = " ".join(reading.text.casefold().split())
            if words not in self._quoted and len(taken) < count:
                self._quoted.add(words)
                taken.append(reading)
        return tuple(taken)
