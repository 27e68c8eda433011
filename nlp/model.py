"""What the nlp room says of one text."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["th", "en", "mixed", "other", "und"]
SentimentLabel = Literal["negative", "neutral", "positive"]
EntityKind = Literal["brand", "product", "person", "place", "organisation"]
Intent = Literal["question", "purchase", "complaint", "praise", "promotion", "other"]


@dataclass(frozen=True, slots=True)
class Aspect:
    """What of a brand is spoken of ("price"), and how it sounds there."""

    name: str
    sentiment: SentimentLabel
    probability: float


@dataclass(frozen=True, slots=True)
class Entity:
    """Whom or what a text names."""

    name: str
    kind: EntityKind


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
    aspects: tuple[Aspect, ...] = ()
    entities: tuple[Entity, ...] = ()
    question: float = 0.0  # how likely it asks something, by the Thai sentiment model
    sarcastic: bool = False  # it bears a mark of sarcasm; the sentiment's probability is lowered
