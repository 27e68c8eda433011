"""What the nlp room says of one text."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["th", "en", "mixed", "other", "und"]
SentimentLabel = Literal["negative", "neutral", "positive"]
Intent = Literal["question", "promotion", "other"]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The meaning of one text; `duplicate_key` is equal for near-copies, 0 when too short."""

    language: Language
    sentiment: SentimentLabel
    sentiment_probability: float
    intent: Intent
    duplicate_key: int
    risks: tuple[str, ...]
    terms: tuple[str, ...]
