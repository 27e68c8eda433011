"""A throw-away store for dry runs: the same code writes there, so the counts are exact."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlite_utils import Database

from listener.model import Mention
from listener.schema import migrations
from listener.store import open_database, transaction

_COLUMNS = (
    "platform, native_id, source, followers, kind, published_at, collected_at, text, url, "
    "reply_to, language, likes, reposts, replies, views, labels, edited_at, deleted_at"
)


class Scratch:
    """An empty store that `recall` fills with what the real one knows of some mentions."""

    def __init__(self, real: Database, db: Database) -> None:
        self._real = real
        self.db = db

    def recall(self, mentions: Sequence[Mention]) -> None:
        """Copy those of the mentions that the real store has."""
        ids: dict[str, list[str]] = {}
        for mention in mentions:
            ids.setdefault(mention.platform, []).append(mention.native_id)
        values = ", ".join("?" * len(_COLUMNS.split(",")))
        with transaction(self.db) as connection:
            for platform, native_ids in ids.items():
                known = self._real.execute(
                    f"SELECT {_COLUMNS} FROM mentions WHERE platform = ? "
                    "AND native_id IN (SELECT value FROM json_each(?))",
                    [platform, orjson.dumps(native_ids).decode()],
                )
                connection.executemany(
                    f"INSERT OR IGNORE INTO mentions ({_COLUMNS}) VALUES ({values})", known
                )


@contextmanager
def scratch(real: Database) -> Iterator[Scratch]:
    """A scratch store beside `real`, which is only read; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="krasae-") as folder:
        db = open_database(Path(folder) / "scratch.db", [migrations], create=True)
        try:
            db.execute("PRAGMA synchronous = OFF")
            yield Scratch(real, db)
        finally:
            db.close()
