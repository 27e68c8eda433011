"""Which mentions are stored, for a source whose platform must be asked what became of them."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from listener.store.database import explained


class StoreKnown:
    """The ids in the log, read over a connection of its own: a source lives in a thread."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def after(self, platform: str, native_id: str, most: int) -> Sequence[str]:
        """The ids next after that one, in the order of text, at most so many; none deleted."""
        with explained(self._database):
            connection = sqlite3.connect(f"{self._database.absolute().as_uri()}?mode=ro", uri=True)
            try:
                rows = connection.execute(
                    "SELECT native_id FROM mentions WHERE platform = ? AND native_id > ? "
                    "AND deleted_at IS NULL ORDER BY native_id LIMIT ?",
                    [platform, native_id, most],
                ).fetchall()
            finally:
                connection.close()
        return [row[0] for row in rows]
