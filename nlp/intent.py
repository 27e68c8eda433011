"""What a post is for: asking, buying, complaining, praising, promoting, or something else."""

from nlp.hashtags import opened
from nlp.lexicon import Lexicon
from nlp.model import Intent
from nlp.sentiment import Sentiment

_ASKS = 0.3  # one post in fifty asks: at this the model is right as often as people agree
_MARKS = ("?", "？")
# A feeling without the words for it, where the model is so sure that hardly anything else is left.
_SURE = 0.75
_FELT: dict[str, Intent] = {"negative": "complaint", "positive": "praise"}


class IntentFinder:
    """Finds the intent of normalised texts: the words of `data/intents.toml`, question marks,
    and what the sentiment model says of the text."""

    def __init__(self) -> None:
        self._lexicon = Lexicon.shipped("intents")

    def intent(self, text: str, sentiment: Sentiment, *, about: bool = False) -> Intent:
        """The intent; `about` says whether it speaks of an aspect (price, service ...)."""
        text = opened(text)
        found = self._lexicon.categories(text)
        # An advertisement asks too ("Tired of queues?"), and wants no answer.
        if "promotion" in found:
            return "promotion"
        # "Where can I buy it?" wants an answer first of all.
        asks = sentiment.question >= _ASKS or "question" in found
        if asks or any(mark in text for mark in _MARKS):
            return "question"
        if "purchase" in found and sentiment.label != "negative":
            return "purchase"
        sure = sentiment.probability >= _SURE
        felt = _FELT.get(sentiment.label)
        return felt if felt and (felt in found or (sure and about)) else "other"
