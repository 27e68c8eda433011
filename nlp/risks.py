"""Risk categories: does a text speak of safety, fraud, privacy, an outage, a boycott, the law.

A word counts wherever it stands, also behind a "not": that a brand has to say "there was no
breach" is a risk already. The words are data: `data/risks.toml`.
"""

from collections.abc import Mapping, Sequence

from nlp.hashtags import opened
from nlp.lexicon import Lexicon
from nlp.settings import RiskName


class RiskFinder:
    """Finds the risk categories of normalised texts; `more` are a user's words by category."""

    def __init__(self, more: Mapping[RiskName, Sequence[str]] | None = None) -> None:
        self._lexicon = Lexicon.shipped("risks", (more or {}).items())

    @property
    def names(self) -> tuple[str, ...]:
        """All categories, in the order in which they are given."""
        return self._lexicon.names

    def risks(self, text: str) -> tuple[str, ...]:
        """The categories that a text speaks of."""
        return self._lexicon.categories(opened(text))
