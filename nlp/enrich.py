"""From a text to its meaning: the room's pieces, put together."""

from collections.abc import Sequence

from nlp.duplicates import duplicate_key
from nlp.intent import intent
from nlp.language import LanguageFinder
from nlp.model import Enrichment
from nlp.risks import RiskLexicon
from nlp.settings import NlpSettings
from nlp.terms import terms
from nlp.text import normalise
from nlp.tokens import Tokenizer


class Enricher:
    """Says what texts mean. Loads its models once; needs no network."""

    def __init__(self, settings: NlpSettings) -> None:
        self._tokenizer = Tokenizer(settings.words)
        self._languages = LanguageFinder()
        self._risks = RiskLexicon.shipped()

    def enrich(self, texts: Sequence[str]) -> list[Enrichment]:
        """One enrichment per text, in the same order, whatever else is in the batch."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Enrichment:
        clean = normalise(text)
        tokens = self._tokenizer.tokens(clean)
        return Enrichment(
            language=self._languages.language(clean),
            sentiment="neutral",
            sentiment_probability=1.0,
            intent=intent(clean),
            duplicate_key=duplicate_key(tokens),
            risks=self._risks.risks(clean),
            terms=terms(tokens, known=self._tokenizer.knows),
        )
