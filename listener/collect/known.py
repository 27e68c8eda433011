"""Which mentions are stored, for a source whose platform must be asked what became of them."""

from collections.abc import Sequence
from pathlib import Path

from listener.store.database import reading


class StoreKnown:
    """The ids in the log, read over a connection of its own: a source lives in a thread."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def after(self, platform: str, native_id: str, most: int) -> Sequence[str]:
        """The ids next after that one, in the order of text, at most so many; none deleted."""
        with reading(self._database) as connection:
            rows = connection.execute(
                "SELECT native_id FROM mentions WHERE platform = ? AND native_id > ? "
                "AND deleted_at IS NULL ORDER BY native_id LIMIT ?",
                [platform, native_id, most],
            ).fetchall()
        return [row[0] for row in rows]
