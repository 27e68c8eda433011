"""From a text to its meaning: the room's pieces, put together."""

from collections.abc import Sequence

from nlp.aspects import AspectFinder
from nlp.duplicates import duplicate_key
from nlp.intent import IntentFinder
from nlp.language import LanguageFinder
from nlp.model import Enrichment
from nlp.risks import RiskFinder
from nlp.sentiment import SentimentModel
from nlp.settings import NlpSettings
from nlp.terms import terms
from nlp.text import normalise
from nlp.tokens import Tokenizer


class Enricher:
    """Says what texts mean. Loads its models once; needs no network, no clock, no database."""

    def __init__(self, settings: NlpSettings) -> None:
        self._tokenizer = Tokenizer(settings.words)
        self._languages = LanguageFinder()
        self._sentiment = SentimentModel()
        self._intents = IntentFinder()
        self._risks = RiskFinder(settings.risks)
        self._aspects = AspectFinder(self._sentiment, self._tokenizer, settings.aspects)

    def enrich(self, texts: Sequence[str]) -> list[Enrichment]:
        """One enrichment per text, in order; none depends on what else is in the batch."""
        clean = [normalise(text) for text in texts]
        tokens = [self._tokenizer.tokens(text) for text in clean]
        languages = [self._languages.language(text) for text in clean]
        sentiments = self._sentiment.sentiments(clean, tokens, languages)
        aspects = self._aspects.aspects(clean, languages, sentiments)
        return [
            Enrichment(
                language=language,
                sentiment=sentiment.label,
                sentiment_probability=sentiment.probability,
                intent=self._intents.intent(text, sentiment, about=bool(about)),
                duplicate_key=duplicate_key(found),
                risks=self._risks.risks(text),
                terms=terms(found, known=self._tokenizer.knows, language=language),
                aspects=about,
            )
            for text, found, language, sentiment, about in zip(
                clean, tokens, languages, sentiments, aspects, strict=True
            )
        ]
