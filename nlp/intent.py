"""What a post is for: asking, promoting, or something else."""

from nlp.lexicon import Lexicon
from nlp.model import Intent
from nlp.text import said

_SURE = 0.3  # one post in fifty asks: at this the model is right as often as people agree
_MARKS = ("?", "？")


class IntentFinder:
    """Finds the intent of normalised texts: the words of `data/intents.toml`, question marks,
    and what the sentiment model says of being asked."""

    def __init__(self) -> None:
        self._lexicon = Lexicon.shipped("intents")

    def intent(self, text: str, *, question: float) -> Intent:
        """The intent; `question` is the model's probability that something is asked."""
        text = said(text)
        found = self._lexicon.categories(text)
        # An advertisement asks too ("Tired of queues?"), and wants no answer.
        if "promotion" in found:
            return "promotion"
        asks = question >= _SURE or "question" in found or any(mark in text for mark in _MARKS)
        return "question" if asks else "other"
