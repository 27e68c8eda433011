"""A key that near-copies share, so that 900 retweets of one post count as one voice.

Copies differ in the RT prefix, handles, links, hashtags, numbers, case, spacing, and in where
the platform cut them off. So the key is a hash of the first words alone.
"""

import hashlib
from collections.abc import Sequence

from nlp.stopwords import stop_words
from nlp.tokens import Token, TokenKind, whole

# With fewer words that say something, two people may well say the same: "good morning all".
FEWEST = 4
# Few enough to survive a platform's cut, enough to tell headlines apart.
FIRST = 8
_WORDS = (TokenKind.WORD, TokenKind.THAI, TokenKind.CASHTAG)


def compared_words(tokens: Sequence[Token]) -> list[str]:
    """The words by which copies are known; none when the text is too short to tell."""
    words = [text.casefold() for text, kind in whole(tokens) if kind in _WORDS]
    words = [word for word in words if word != "rt"]
    stops = stop_words()
    return words if sum(word not in stops for word in words) >= FEWEST else []


def duplicate_key(tokens: Sequence[Token]) -> int:
    """A signed 64-bit key, equal for near-copies; 0 when the text is too short to tell."""
    words = compared_words(tokens)
    if not words:
        return 0
    first = " ".join(words[:FIRST]).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(first, digest_size=8).digest(), "big", signed=True) or 1
