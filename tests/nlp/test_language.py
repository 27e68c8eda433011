"""Languages: by script where that tells, by the model for Latin letters."""

import pytest

from nlp.language import LanguageFinder
from nlp.text import normalise

FINDER = LanguageFinder()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("อร่อยมากค่ะ", "th"),
        ("สั่ง iPhone 6 มาแล้ว", "th"),  # a brand name does not make a post mixed
        ("มาม่า is my favourite instant noodle", "mixed"),
        ("Will Apple hold a new event?", "en"),
        ("$AAPL bull flag", "en"),
        ("I LOVE THIS PHONE SO MUCH", "en"),
        ("ok", "en"),
        ("Vi piace il nuovo telefono? Secondo noi è bellissimo", "other"),
        ("¿Dónde puedo comprar el teléfono más barato?", "other"),
        ("Ich habe das neue Telefon gestern gekauft", "other"),
        ("مرحبا بالعالم", "other"),
        ("新しい電話を買いました", "other"),
        ("これは iPhone です、とても良い", "other"),
        ("", "und"),
        ("😂😂 555 !!!", "und"),
        ("@abc http://t.co/abc", "und"),
        ("#ของมันต้องมี http://t.co/abc", "th"),  # there is nothing else to go by
    ],
)
def test_language(text: str, expected: str) -> None:
    assert FINDER.language(normalise(text)) == expected


def test_the_start_of_a_long_text_tells() -> None:
    assert FINDER.language("nous avons acheté un nouveau téléphone " * 1000) == "other"
