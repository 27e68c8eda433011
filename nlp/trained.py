"""A trained spaCy pipeline of the user's: what it calls an entity, in our kinds.

It is loaded from what is installed or from a folder, never fetched.
"""

from collections.abc import Sequence
from typing import Any

from listener.errors import SettingsError
from nlp.model import Entity, EntityKind, Language

# The labels of OntoNotes, of CoNLL and WikiNER, and of Thai NER corpora.
_KINDS: dict[str, EntityKind] = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organisation",
    "ORGANIZATION": "organisation",
    "GPE": "place",
    "LOC": "place",
    "LOCATION": "place",
    "FAC": "place",
    "PRODUCT": "product",
    "BRAND": "brand",
}
_READS: dict[str, tuple[Language, ...]] = {"en": ("en",), "th": ("th", "mixed")}


class TrainedPipeline:
    """Loads the pipeline on first use; it is asked for texts in its language alone."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pipeline: Any = None

    def entities(
        self, texts: Sequence[str], languages: Sequence[Language]
    ) -> list[list[tuple[int, int, Entity]]]:
        """Each text's entities: from, to (in characters), what. One text at a time: no answer
        depends on what else is asked."""
        if self._pipeline is None:
            self._pipeline = _loaded(self._name)
        pipeline = self._pipeline
        reads = _READS.get(pipeline.lang)
        with pipeline.memory_zone():
            return [
                _entities(pipeline(text)) if reads is None or language in reads else []
                for text, language in zip(texts, languages, strict=True)
            ]


def _entities(doc: Any) -> list[tuple[int, int, Entity]]:
    return [
        (span.start_char, span.end_char, Entity(span.text, _KINDS[span.label_]))
        for span in doc.ents
        if span.label_ in _KINDS
    ]


def _loaded(name: str) -> Any:
    import spacy

    try:
        return spacy.load(name)
    except (OSError, ImportError, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise SettingsError(
            f'The spaCy pipeline "{name}" ([nlp] spacy_pipeline) cannot be loaded: {why}',
            remedy="Install it into this environment, give the path of its folder, or remove the "
            "line. Krasae fetches no model.",
        ) from error
