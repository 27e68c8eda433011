"""Which ids are stored, for a source that must ask its platform what became of them."""

from contextlib import closing
from pathlib import Path

from krasae.schema import ROOMS
from listener.collect.known import StoreKnown
from listener.model import Folding, FoldingKind, Mention
from listener.store import append, fold, open_database
from tests.recordings.replay import KEY, NOW


def test_ids_come_in_order_and_without_what_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "it.db"
    said = [Mention("x", number, NOW, "tea") for number in ("30", "4", "100", "7")]
    with closing(open_database(path, ROOMS, create=True)) as db:
        append(db, [*said, Mention("bluesky", "5", NOW, "tea")], source="it", key=KEY, now=NOW)
        fold(db, [Folding(FoldingKind.DELETE, "x", NOW, "4")], key=KEY)
    known = StoreKnown(path)
    assert known.after("x", "", 10) == ["100", "30", "7"]
    assert known.after("x", "100", 1) == ["30"]
    assert known.after("x", "7", 10) == []
