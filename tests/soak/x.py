"""X: its filtered stream, and recent search for what was missed while nobody listened.

Posts are published at a rate from when the source has found its place, whoever listens.
"""

import random
import sqlite3
from collections.abc import Mapping

from tests.recordings.x_server import XServer

# X allows 50 connections in 15 minutes; kills and restarts take some of them.
_MOST_CUTS = 12


class X:
    """The platform."""

    name = "x"

    def __init__(self, items: int, *, seed: int, rate: float) -> None:
        self.items = items
        self._server = XServer(total=items, rate=rate, seed=seed)
        self._begun = False
        self._cuts = 0

    def start(self) -> None:
        """Begin to serve."""
        self._server.__enter__()

    def stop(self) -> None:
        """Go away."""
        self._server.__exit__(None, None, None)

    def sections(self) -> str:
        """Its part of config.toml."""
        return (
            f'[[sources]]\nname = "{self.name}"\ntype = "x"\n'
            f'options = {{ address = "{self._server.url}", bearer_token = "env:SOAK_TOKEN", '
            "stream = true, counts = false, compliance = false, "
            "daily_usd = 1000000.0, monthly_usd = 1000000.0 }\n"
        )

    def disturb(self, dice: random.Random) -> str:
        """Cut the stream in the middle of a post."""
        if self._cuts >= _MOST_CUTS or not self._begun:
            return "spared"
        self._cuts += 1
        self._server.cuts, self._server.cut = 0, 1.0
        return "cut"

    def sent(self) -> int:
        """How many posts were published."""
        return self._server.published

    def finished(self, db: sqlite3.Connection) -> bool:
        """Whether the last ones are there; those of a repair come in no order."""
        if self._server.cuts:
            self._server.cut = 0.0
        if not self._begun:
            query = "SELECT 1 FROM source_cursors WHERE source = ?"
            if db.execute(query, [self.name]).fetchone():
                self._server.begin()
                self._begun = True
        if self._server.published < self.items:
            return False
        query = "SELECT count(*) FROM mentions WHERE source = ?"
        return bool(db.execute(query, [self.name]).fetchone()[0] >= self.items)

    def expected(self) -> Mapping[str, str]:
        """All that it publishes: every post matches every rule."""
        return {str(self._server.post_id(n)): self._server.text(n) for n in range(self.items)}
