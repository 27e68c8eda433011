"""spaCy pipelines for Thai and English that read as Krasae does: for notebooks, and to build on.

    doc = pipeline("th", NlpSettings())("บริการที่สตาร์บัคส์ช้ามาก")

`doc.text` is the normalised text, its tokens are ours, `doc.ents` the brands, products, people,
places and organisations (with what the trained pipeline of `[nlp] spacy_pipeline` adds), and
`doc.cats` the aspects that it speaks of. Further parts are added as to any spaCy pipeline.
"""

from typing import Any, Literal

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans
from spacy.vocab import Vocab

from nlp.brands import NO_BRANDS, Brands, own_words
from nlp.entities import EntityFinder
from nlp.language import LanguageFinder
from nlp.lexicon import Lexicon
from nlp.settings import NlpSettings
from nlp.text import normalise, said
from nlp.tokens import Tokenizer

_PART = "krasae"


def pipeline(
    language: Literal["th", "en"], settings: NlpSettings, brands: Brands = NO_BRANDS
) -> Language:
    """A blank spaCy pipeline with our tokenizer, entities and aspects."""
    made = spacy.blank(language)
    tokenizer = Tokenizer(own_words(settings, brands))
    made.tokenizer = _Tokens(made.vocab, tokenizer)
    config = {
        "settings": settings.model_dump(mode="json"),
        "spellings": {name: list(some) for name, some in brands.spellings.items()},
        "words": list(brands.words),
    }
    made.add_pipe(_PART, config=config)
    return made


@Language.factory(_PART, default_config={"settings": {}, "spellings": {}, "words": []})
def _reader(
    nlp: Language, name: str, settings: dict[str, Any], spellings: dict[str, Any], words: list[str]
) -> "_Reader":
    brands = Brands({brand: tuple(some) for brand, some in spellings.items()}, tuple(words))
    return _Reader(NlpSettings.model_validate(settings), brands)


class _Tokens:
    """Our tokens as spaCy's tokenizer."""

    def __init__(self, vocabulary: Vocab, tokenizer: Tokenizer) -> None:
        self._vocabulary = vocabulary
        self._tokenizer = tokenizer

    def __call__(self, text: str) -> Doc:
        text = normalise(text)
        words = [word for word, _ in self._tokenizer.tokens(text)]
        spaces = []
        at = 0
        for word in words:
            at += len(word)
            spaces.append(text[at : at + 1] == " ")
            at += spaces[-1]
        return Doc(self._vocabulary, words=words, spaces=spaces)


class _Reader:
    """Sets entities and aspects."""

    def __init__(self, settings: NlpSettings, brands: Brands) -> None:
        self._tokenizer = Tokenizer(own_words(settings, brands))
        self._languages = LanguageFinder()
        self._aspects = Lexicon.shipped("aspects", settings.aspects.items())
        self._entities = EntityFinder(
            self._tokenizer, settings.entities, settings.spacy_pipeline, brands
        )

    def __call__(self, doc: Doc) -> Doc:
        text = doc.text
        tokens = self._tokenizer.tokens(text)
        [found] = self._entities.places([text], [tokens], [self._languages.language(text)])
        spans = [
            doc.char_span(start, end, entity.kind.upper(), entity.name, alignment_mode="expand")
            for start, end, entity in found
        ]
        doc.set_ents(filter_spans([span for span in spans if span is not None]))
        spoken = self._aspects.categories(said(text))
        doc.cats = {name: float(name in spoken) for name in self._aspects.names}
        return doc
