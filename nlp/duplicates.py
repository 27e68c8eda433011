"""A key that near-copies share, so that 900 retweets of one post count as one.

Copies differ in the RT prefix, handles, links, hashtags added at the end, case, spacing, and in
where the platform cut them off. So the key is a hash of the first content words alone.
"""

import hashlib
from collections.abc import Sequence

from nlp.tokens import Token, TokenKind

# Fewer content words than this say too little: "good morning" is not a copy of "good morning".
FEWEST = 4
# A retweet loses at most a handle of 15 characters and a few words at its end.
FIRST = 8
_CONTENT = (TokenKind.WORD, TokenKind.THAI, TokenKind.CASHTAG)


def duplicate_key(tokens: Sequence[Token]) -> int:
    """A signed 64-bit key, equal for near-copies; 0 when the text is too short to tell."""
    words = [text.casefold() for text, kind in tokens if kind in _CONTENT]
    if words[:1] == ["rt"]:
        words = words[1:]
    if len(words) < FEWEST:
        return 0
    digest = hashlib.blake2b(" ".join(words[:FIRST]).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1
