"""The mentions whose correction teaches most: the least sure ones, and every second at random.

The least sure alone would teach what holds for them and not for the rest. docs/corrections.md
compares this choice with others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from sqlite_utils import Database

from nlp.model import Intent, Language, SentimentLabel
from nlp.text import normalise, said

# Others are read by the English model too, which is never sure of them: nothing is to learn there.
_OPEN = """
SELECT mention_seq, duplicate_key FROM enrichments JOIN mentions ON seq = mention_seq
WHERE deleted_at IS NULL AND enrichments.language IN ('th', 'mixed', 'en')
    AND mention_seq NOT IN (SELECT mention_seq FROM corrections)
    AND (? IS NULL OR mention_seq IN (SELECT mention_seq FROM brand_matches WHERE brand = ?))
"""
_LEAST_SURE = f"{_OPEN} ORDER BY sentiment_probability, mention_seq"
# As good as random, and the same each time that it is asked: Knuth's multiplicative hash.
_AT_RANDOM = f"{_OPEN} ORDER BY mention_seq * 2654435761 % 4294967296, mention_seq"
_CORRECTED = """
SELECT duplicate_key, text FROM corrections
JOIN enrichments USING (mention_seq) JOIN mentions ON seq = mention_seq
"""
_WHOLE = """
SELECT seq, platform, text, enrichments.language, sentiment, sentiment_probability, intent
FROM mentions JOIN enrichments ON mention_seq = seq WHERE seq = ?
"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mention, and what the model takes it for."""

    seq: int
    platform: str
    text: str
    language: Language
    sentiment: SentimentLabel
    probability: float
    intent: Intent


def doubts(db: Database, *, brand: str | None, count: int) -> list[Doubt]:
    """At most `count` mentions that nobody corrected yet: the most doubtful, one at random ...

    Of copies one is enough, and none where one of them was corrected.
    """
    seen = _Seen(db)
    both = [_fresh(db, order, brand, seen) for order in (_LEAST_SURE, _AT_RANDOM)]
    found: list[Doubt] = []
    for turn in cycle(both):
        doubt = next(turn, None)
        # What one has left the other has too, so none is missed.
        if doubt is None or len(found) == count:
            return found
        found.append(doubt)
    return found


class _Seen:
    """What was corrected or shown, by key and by words."""

    def __init__(self, db: Database) -> None:
        self._keys: set[int] = set()
        self._words: set[str] = set()
        for key, text in db.execute(_CORRECTED):
            self.is_new(key, text)

    def knows(self, key: int) -> bool:
        """Whether a near-copy with that key was seen."""
        return key in self._keys

    def is_new(self, key: int, text: str) -> bool:
        """Whether nothing like it was seen; from now on it was."""
        words = _words(text)
        if not words or words in self._words or key in self._keys:
            return False
        self._words.add(words)
        if key:  # 0: too short to tell
            self._keys.add(key)
        return True


def _fresh(db: Database, order: str, brand: str | None, seen: _Seen) -> Iterator[Doubt]:
    for seq, key in db.execute(order, [brand, brand]):
        if not seen.knows(key):
            doubt = Doubt(*db.execute(_WHOLE, [seq]).fetchone())
            if seen.is_new(key, doubt.text):
                yield doubt


def _words(text: str) -> str:
    """What a text says, whoever passed it on."""
    return " ".join(
        word for word in said(normalise(text)).casefold().split() if word not in ("rt", ":")
    )
