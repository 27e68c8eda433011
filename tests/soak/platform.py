"""What the soak run needs of a platform that it plays."""

import hashlib
import random
import sqlite3
from collections.abc import Mapping
from typing import Protocol

# What the brand of the soak run is called, in its query and in the items that name it.
QUERY = '"soak brand" OR #soakbrand OR โซคแบรนด์'
NAMES = ("soak brand", "#soakbrand", "โซคแบรนด์")


class Platform(Protocol):
    """A platform with a number of items, and a model of what has to be kept of them."""

    name: str
    items: int

    def start(self) -> None:
        """Begin to serve, on the same port as before."""
        ...

    def stop(self) -> None:
        """Go away with all connections."""
        ...

    def sections(self) -> str:
        """Its [[sources]] of config.toml."""
        ...

    def disturb(self, dice: random.Random) -> str:
        """Do something bad now, short of a restart; what it was."""
        ...

    def sent(self) -> int:
        """How many items were sent, each counted once."""
        ...

    def finished(self, db: sqlite3.Connection) -> bool:
        """Whether there is nothing more to come, and the last of it is kept."""
        ...

    def expected(self) -> Mapping[str, str]:
        """The text of every mention by its native id; "" for one that was deleted."""
        ...


def dice_of(seed: int, number: int) -> bytes:
    """Sixteen random bytes, the same for the same item however often it is made."""
    return hashlib.blake2b(b"%d %d" % (seed, number), digest_size=16).digest()
