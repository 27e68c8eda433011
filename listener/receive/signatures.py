"""Signatures of calls: HMAC-SHA256 over the bytes as they came, compared in constant time."""

import hashlib
import hmac

from pydantic import SecretStr


def signature(secret: SecretStr, signed: bytes) -> bytes:
    """The HMAC-SHA256 (RFC 2104) of what is signed, keyed with the secret as UTF-8."""
    return hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).digest()


def same(told: str | None, expected: str) -> bool:
    """Whether a header says what it should; how long it takes tells nothing of it."""
    given = (told or "").encode("utf-8", "replace")
    return hmac.compare_digest(given, expected.encode())
