"""From a text to its meaning: the room's pieces, put together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nlp.aspects import AspectFinder
from nlp.brands import NO_BRANDS, Brands, own_words
from nlp.duplicates import duplicate_key
from nlp.entities import EntityFinder
from nlp.features import Features, features
from nlp.intent import IntentFinder
from nlp.language import LanguageFinder
from nlp.model import Aspect, Enrichment, Intent, Language
from nlp.risks import RiskFinder
from nlp.romanised import has_thai, in_thai
from nlp.sarcasm import SarcasmFinder, less_sure
from nlp.sentiment import Floats, Sentiment, SentimentModel
from nlp.settings import SHIPPED, NlpSettings
from nlp.taught import Taught, intent_inputs
from nlp.terms import terms
from nlp.text import normalise
from nlp.tokens import Token, Tokenizer

if TYPE_CHECKING:
    from nlp.transformer_model import TransformerModel


class Enricher:
    """Says what texts mean. Loads its models once; needs no network, no clock, no database.

    `taught` is what was learnt from corrections; larger sentiment models of the settings go
    before it. `brands` are those that one listens for: their names are entities, and words.
    """

    def __init__(
        self, settings: NlpSettings, taught: Taught | None = None, brands: Brands = NO_BRANDS
    ) -> None:
        taught = taught or Taught()
        self._tokenizer = Tokenizer(own_words(settings, brands))
        self._languages = LanguageFinder()
        self._sentiment = SentimentModel({**taught.sentiment, **_larger(settings)})
        self._intents = IntentFinder()
        self._taught_intents = taught.intents
        self._risks = RiskFinder(settings.risks)
        self._aspects = AspectFinder(self._sentiment, self._tokenizer, settings.aspects)
        self._entities = EntityFinder(
            self._tokenizer, settings.entities, settings.spacy_pipeline, brands
        )
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
        as_written = clean, tokens
        clean, tokens = self._respelt(clean, tokens, languages)
        sarcastic = [self._sarcasm.sarcastic(*one) for one in zip(clean, tokens, strict=True)]
        sentiments = [
            less_sure(sentiment) if marked else sentiment
            for sentiment, marked in zip(
                self._sentiment.sentiments(clean, tokens, languages), sarcastic, strict=True
            )
        ]
        aspects = self._aspects.aspects(clean, languages, sentiments)
        entities = self._entities.entities(*as_written, languages)
        intents = self._purposes(clean, tokens, sentiments, aspects)
        return [
            Enrichment(
                language=language,
                sentiment=sentiment.label,
                sentiment_probability=sentiment.probability,
                intent=intent,
                duplicate_key=duplicate_key(words),
                risks=self._risks.risks(text),
                terms=terms(words, known=self._tokenizer.knows, language=language),
                aspects=about,
                entities=named,
                question=sentiment.question,
                sarcastic=marked,
            )
            for text, words, language, sentiment, intent, about, named, marked in zip(
                clean,
                as_written[1],
                languages,
                sentiments,
                intents,
                aspects,
                entities,
                sarcastic,
                strict=True,
            )
        ]

    def _respelt(
        self, clean: Sequence[str], tokens: Sequence[Sequence[Token]], languages: Sequence[Language]
    ) -> tuple[Sequence[str], Sequence[Sequence[Token]]]:
        """The texts and their tokens, Thai in Latin letters spelt in Thai: so it is understood."""
        thai = {
            at: in_thai(text)
            for at, (text, language) in enumerate(zip(clean, languages, strict=True))
            if language == "th" and not has_thai(text)
        }
        if not thai:
            return clean, tokens
        cut = {at: self._tokenizer.tokens(text) for at, text in thai.items()}
        return (
            [thai.get(at, text) for at, text in enumerate(clean)],
            [cut.get(at, some) for at, some in enumerate(tokens)],
        )

    def as_read(
        self, texts: Sequence[str]
    ) -> tuple[Sequence[str], Sequence[Sequence[Token]], list[Language]]:
        """The texts and their tokens as models get them, and their languages."""
        clean, tokens = self.tokens(texts)
        languages = [self._languages.language(text) for text in clean]
        return *self._respelt(clean, tokens, languages), languages

    def intent_material(self, texts: Sequence[str]) -> tuple[Features, Floats]:
        """What intents are learnt from: the texts' features, and the inputs of a layer."""
        read = self.enrich(texts)
        sentiments = [
            Sentiment(one.sentiment, one.sentiment_probability, one.question) for one in read
        ]
        clean, tokens, _ = self.as_read(texts)
        return features(clean, tokens), intent_inputs([one.intent for one in read], sentiments)

    def _purposes(
        self,
        clean: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        sentiments: Sequence[Sentiment],
        aspects: Sequence[Sequence[Aspect]],
    ) -> list[Intent]:
        """The intents, by the rules and by what was taught over them."""
        rules = [
            self._intents.intent(text, sentiment, about=bool(about))
            for text, sentiment, about in zip(clean, sentiments, aspects, strict=True)
        ]
        taught = self._taught_intents
        return taught.intents(clean, tokens, rules, sentiments) if taught else rules


def _larger(settings: NlpSettings) -> "dict[str, TransformerModel]":
    if {*settings.sentiment_models().values()} == {SHIPPED}:
        return {}
    from nlp.transformer_model import larger_models

    return larger_models(settings)
