"""The brands of a configuration are entities, under their names in both scripts."""

import pytest

from listener.settings import BrandSettings
from nlp.brands import Brands, known_brands, own_words, unasked
from nlp.enrich import Enricher
from nlp.settings import NlpSettings

TOYOTA = BrandSettings(id="toyota", name="Toyota", query="toyota")
PHANDEE = BrandSettings(
    id="phandee", name="กาแฟพันธุ์ดี", query='กาแฟพันธุ์ดี OR "phandee coffee" OR (latte AND ร้านนี้)'
)


@pytest.fixture(scope="module")
def brands() -> Brands:
    return known_brands([TOYOTA, PHANDEE])


def test_a_name_has_its_spellings_in_the_other_script(brands: Brands) -> None:
    assert brands.spellings["Toyota"] == ("toyota", "โตโยต้า", "โตโยตา")


def test_words_that_are_enough_by_themselves_name_the_brand(brands: Brands) -> None:
    assert "phandee coffee" in brands.spellings["กาแฟพันธุ์ดี"]
    assert "latte" not in brands.spellings["กาแฟพันธุ์ดี"]
    assert "กาแฟพันธุ์ดี" in own_words(NlpSettings(), brands)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("โตโยต้าคันนี้ดีมาก", "Toyota"),
        ("#ToyotaBuzz again", "Toyota"),
        ("the TOYOTA of my uncle", "Toyota"),
        ("กาแฟพันธุ์ดีแพงมาก", "กาแฟพันธุ์ดี"),
        ("Phandee Coffee is open", "กาแฟพันธุ์ดี"),
    ],
)
def test_they_are_found_in_texts(brands: Brands, text: str, name: str) -> None:
    [read] = Enricher(NlpSettings(), brands=brands).enrich([text])
    assert [(one.name, one.kind) for one in read.entities] == [(name, "brand")]


def test_spellings_that_the_query_does_not_find_are_told() -> None:
    assert unasked(TOYOTA) == ("โตโยต้า", "โตโยตา")
    both = TOYOTA.model_copy(update={"query": "toyota OR โตโยต้า OR โตโยตา"})
    assert unasked(both) == ()
