"""From a text to its meaning: the room's pieces, put together."""

from collections.abc import Mapping, Sequence
from itertools import chain

from nlp.aspects import AspectFinder
from nlp.duplicates import duplicate_key
from nlp.entities import EntityFinder
from nlp.intent import IntentFinder
from nlp.language import LanguageFinder
from nlp.model import Enrichment
from nlp.risks import RiskFinder
from nlp.sarcasm import SarcasmFinder, less_sure
from nlp.sentiment import LinearModel, SentimentModel
from nlp.settings import NlpSettings
from nlp.terms import terms
from nlp.text import normalise
from nlp.tokens import Token, Tokenizer


class Enricher:
    """Says what texts mean. Loads its models once; needs no network, no clock, no database.

    `models` are sentiment models that were taught, by their names ('th', 'en').
    """

    def __init__(
        self, settings: NlpSettings, models: Mapping[str, LinearModel] | None = None
    ) -> None:
        names = chain.from_iterable(settings.entities.values())
        self._tokenizer = Tokenizer((*settings.words, *names))
        self._languages = LanguageFinder()
        self._sentiment = SentimentModel(models)
        self._intents = IntentFinder()
        self._risks = RiskFinder(settings.risks)
        self._aspects = AspectFinder(self._sentiment, self._tokenizer, settings.aspects)
        self._entities = EntityFinder(self._tokenizer, settings.entities, settings.spacy_pipeline)
        self._sarcasm = SarcasmFinder()

    def enrich(self, texts: Sequence[str]) -> list[Enrichment]:
        """One enrichment per text, in order; none depends on what else is in the batch."""
        return self.enrich_tokens(*self.tokens(texts))

    def tokens(self, texts: Sequence[str]) -> tuple[list[str], list[list[Token]]]:
        """The texts normalised, and their tokens."""
        clean = [normalise(text) for text in texts]
        return clean, [self._tokenizer.tokens(text) for text in clean]

    def enrich_tokens(
        self, clean: Sequence[str], tokens: Sequence[Sequence[Token]]
    ) -> list[Enrichment]:
        """What `enrich` says, from what `tokens` gave."""
        languages = [self._languages.language(text) for text in clean]
        sarcastic = [self._sarcasm.sarcastic(*one) for one in zip(clean, tokens, strict=True)]
        sentiments = [
            less_sure(sentiment) if marked else sentiment
            for sentiment, marked in zip(
                self._sentiment.sentiments(clean, tokens, languages), sarcastic, strict=True
            )
        ]
        aspects = self._aspects.aspects(clean, languages, sentiments)
        entities = self._entities.entities(clean, tokens, languages)
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
                entities=named,
                question=sentiment.question,
                sarcastic=marked,
            )
            for text, found, language, sentiment, about, named, marked in zip(
                clean, tokens, languages, sentiments, aspects, entities, sarcastic, strict=True
            )
        ]
