"""Authors under a keyed hash: the same author is recognised, and cannot be named."""

import hashlib
from functools import lru_cache

from listener.errors import SettingsError

KEY_VARIABLE = "KRASAE_AUTHOR_KEY"
_SHORTEST_KEY = 16


class AuthorKey:
    """Maps a platform's author to a 63-bit id by a keyed BLAKE2b hash (RFC 7693).

    A handle is the same author with and without its leading "@". With `hashed=False` the
    id is the same, and the store also keeps the author's name.
    """

    def __init__(self, secret: str, *, hashed: bool = True) -> None:
        if len(secret) < _SHORTEST_KEY:
            raise SettingsError(
                f"The author key in {KEY_VARIABLE} is missing or shorter than "
                f"{_SHORTEST_KEY} characters.",
                remedy="`krasae init` makes one in .env. Keep it: another key makes every "
                "known author a stranger.",
            )
        self.hashed = hashed
        self._secret = hashlib.blake2b(secret.encode(), digest_size=32).digest()
        self.fingerprint = hashlib.blake2b(
            b"fingerprint", digest_size=16, key=self._secret
        ).hexdigest()
        self.author_id = lru_cache(maxsize=100_000)(self._author_id)

    def _author_id(self, platform: str, author: str) -> int:
        """The 63-bit id of an author on a platform."""
        text = f"{platform}\x00{author.removeprefix('@')}".encode(errors="replace")
        digest = hashlib.blake2b(text, digest_size=8, key=self._secret).digest()
        return int.from_bytes(digest, "big") >> 1

    def stored_name(self, author: str) -> str | None:
        """What the store keeps of the author's name: nothing, when hashed."""
        return None if self.hashed else author
