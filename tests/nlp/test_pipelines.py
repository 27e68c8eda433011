"""The spaCy pipelines read as the enricher does."""

from typing import Literal

import pytest

from listener.settings import BrandSettings
from nlp.brands import known_brands
from nlp.enrich import Enricher
from nlp.pipelines import pipeline
from nlp.settings import NlpSettings

BRANDS = known_brands([BrandSettings(id="toyota", name="Toyota", query="toyota")])
TEXTS: list[tuple[Literal["th", "en"], str]] = [
    ("th", "บริการของโตโยต้าที่เชียงใหม่ช้ามาก แต่ราคาดี"),
    ("en", "The service of Toyota in Bangkok is slow, the price is fine"),
    ("en", ""),
    ("th", "😀 https://example.com #ToyotaBuzz"),
]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_tokens_entities_and_aspects_are_ours(language: Literal["th", "en"], text: str) -> None:
    settings = NlpSettings()
    doc = pipeline(language, settings, BRANDS)(text)
    enricher = Enricher(settings, brands=BRANDS)
    [clean], [tokens] = enricher.tokens([text])
    [meaning] = enricher.enrich([text])
    assert doc.text == clean
    assert [token.text for token in doc] == [word for word, _ in tokens]
    found = {span.label_ for span in doc.ents}
    assert found == {entity.kind.upper() for entity in meaning.entities}
    assert {name for name, said in doc.cats.items() if said} >= {
        one.name for one in meaning.aspects
    }
