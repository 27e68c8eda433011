"""What of a brand a post speaks of (price, service, delivery ...), and how it sounds there.

The words are data: `data/aspects.toml`. How an aspect sounds is the sentiment of the clauses
that name it: "ของอร่อยมาก แต่บริการช้า" is well of taste and ill of service.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from nlp.clauses import clauses
from nlp.lexicon import Lexicon
from nlp.model import Aspect, Language
from nlp.sentiment import Sentiment, SentimentModel
from nlp.text import said
from nlp.tokens import Tokenizer


class AspectFinder:
    """Finds the aspects of normalised texts; `more` are a user's words by aspect, old or new."""

    def __init__(
        self,
        sentiment: SentimentModel,
        tokenizer: Tokenizer,
        more: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._lexicon = Lexicon.shipped("aspects", (more or {}).items())
        self._sentiment = sentiment
        self._tokenizer = tokenizer

    @property
    def names(self) -> tuple[str, ...]:
        """All aspects, in the order in which they are given."""
        return self._lexicon.names

    def aspects(
        self,
        texts: Sequence[str],
        languages: Sequence[Language],
        sentiments: Sequence[Sentiment],
    ) -> list[tuple[Aspect, ...]]:
        """Each text's aspects, in the order of the file. `sentiments` are those of the texts."""
        found = [self._lexicon.categories(said(text)) for text in texts]
        parts = [clauses(text) if names else [] for text, names in zip(texts, found, strict=True)]
        sounds = self._sounds(parts, languages, sentiments)
        return [
            self._toward(names, some, heard, whole)
            for names, some, heard, whole in zip(found, parts, sounds, sentiments, strict=True)
        ]

    def _sounds(
        self,
        parts: Sequence[Sequence[str]],
        languages: Sequence[Language],
        sentiments: Sequence[Sentiment],
    ) -> list[Sequence[Sentiment]]:
        """How each clause sounds; where a text is one clause, that is known already."""
        cut = [some if len(some) > 1 else () for some in parts]
        texts = [clause for some in cut for clause in some]
        said_in = [language for some, language in zip(cut, languages, strict=True) for _ in some]
        tokens = [self._tokenizer.tokens(clause) for clause in texts]
        heard = self._sentiment.sentiments(texts, tokens, said_in)
        ends = list(accumulate(map(len, cut)))
        return [
            heard[end - len(some) : end] if some else [whole] * len(part)
            for some, end, whole, part in zip(cut, ends, sentiments, parts, strict=True)
        ]

    def _toward(
        self,
        names: Sequence[str],
        parts: Sequence[str],
        sounds: Sequence[Sentiment],
        whole: Sentiment,
    ) -> tuple[Aspect, ...]:
        heard: dict[str, list[Sentiment]] = {name: [] for name in names}
        if len(parts) > 1:
            for clause, sound in zip(parts, sounds, strict=True):
                for name in self._lexicon.among(names, said(clause)):
                    heard[name].append(sound)
        return tuple(_aspect(name, some or [whole]) for name, some in heard.items())


def _aspect(name: str, sounds: Sequence[Sentiment]) -> Aspect:
    """Of several clauses the one that sounds most like something is meant."""
    telling = max(sounds, key=lambda one: (one.label != "neutral", one.probability))
    return Aspect(name, telling.label, telling.probability)
