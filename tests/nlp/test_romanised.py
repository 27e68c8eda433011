"""Thai typed in Latin letters: known as Thai, read as Thai; English is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.enrich import Enricher
from nlp.romanised import has_thai, in_thai, is_romanised
from nlp.settings import NlpSettings


@pytest.fixture(scope="module")
def enricher() -> Enricher:
    return Enricher(NlpSettings())


@pytest.mark.parametrize(
    ("text", "thai"),
    [
        ("aroi mak krub", "อร่อยมากครับ"),
        ("sawasdee ka", "สวัสดีค่ะ"),
        ("mai dee loei", "ไม่ดีเลย"),
        ("aroiiiiii maaaaak", "อร่อยมาก"),
    ],
)
def test_romanised_thai_is_spelt_in_thai(text: str, thai: str) -> None:
    assert is_romanised(text.split())
    assert in_thai(text) == thai


@pytest.mark.parametrize(
    "text",
    ["i love this car", "apple is back", "na na na", "the mak of me", "555", "my tam is new", ""],
)
def test_other_languages_are_not(text: str) -> None:
    assert not is_romanised(text.split())


def test_it_is_understood_as_thai(enricher: Enricher) -> None:
    good, bad, english = enricher.enrich(
        ["aroi mak krub", "mai dee loei khrub, service chaa mak", "The service was very slow"]
    )
    assert (good.language, good.sentiment) == ("th", "positive")
    assert [aspect.name for aspect in good.aspects] == ["taste"]
    assert (bad.language, bad.sentiment) == ("th", "negative")
    assert english.language == "en"


@given(st.text(max_size=80))
def test_respelling_never_fails_and_leaves_thai_alone(text: str) -> None:
    spelt = in_thai(text)
    assert has_thai(spelt) or not has_thai(text)
