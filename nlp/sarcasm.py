"""Signs of sarcasm: whether a post may mean the opposite of what it says.

The words and signs are data: `data/markers.toml`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

from nlp.lexicon import Lexicon
from nlp.sentiment import Sentiment
from nlp.text import said
from nlp.tokens import Token

SURE = 0.8
"""By how much a marked text's sentiment is less sure; docs/models/rules.md says from what."""

_MARKED = "/s"  # at the end of a post; spaCy's rules cut it in two


class SarcasmFinder:
    """Finds the markers in normalised texts."""

    def __init__(self) -> None:
        source = resources.files("nlp").joinpath("data/markers.toml").read_text("utf-8")
        table = tomllib.loads(source)["sarcasm"]
        self._signs = frozenset(sign.casefold() for sign in table.pop("signs"))
        self._lexicon = Lexicon({"sarcasm": table}, name="markers.toml")

    def sarcastic(self, text: str, tokens: Sequence[Token]) -> bool:
        """Whether a marker stands in the text of which these are the tokens."""
        if any(word.casefold() in self._signs for word, _ in tokens):
            return True
        if text.endswith(f" {_MARKED}") and _MARKED in self._signs:
            return True
        return bool(self._lexicon.categories(said(text)))


def less_sure(sentiment: Sentiment) -> Sentiment:
    """The sentiment of a text that bears a marker."""
    return replace(sentiment, probability=round(sentiment.probability * SURE, 4))
