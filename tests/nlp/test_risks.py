"""Risk categories: the trouble a brand must hear of, and everyday words that are none."""

from typing import get_args

import pytest

from nlp.risks import RiskFinder
from nlp.settings import RiskName
from nlp.text import normalise

FINDER = RiskFinder()


def test_the_categories_of_the_contract() -> None:
    assert FINDER.names == ("safety", "fraud", "privacy", "outage", "boycott", "legal")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The maker recalls 40,000 cars, two people injured", ("safety",)),
        ("my charger overheated and burst into flames", ("safety",)),
        ("ซื้อมากินแล้วท้องเสีย เจอแมลงสาบในจาน", ("safety",)),
        ("they scammed me, it is a ponzi", ("fraud",)),
        ("โดนร้านนี้โกงเงิน ของปลอมด้วย", ("fraud",)),
        ("Millions of card numbers stolen in data breach", ("privacy",)),
        ("data of two million customers stolen", ()),  # too far apart to be sure
        ("customer data was stolen", ("privacy",)),
        ("ข้อมูลลูกค้าหลุดหมดเลย", ("privacy",)),
        ("is the website down? the site is down again", ("outage",)),
        ("แอปล่มอีกแล้ว โอนเงินไม่ได้", ("outage",)),
        ("#Boycott them, I will never buy this brand again", ("boycott",)),
        ("เลิกซื้อแล้วแบรนด์นี้ บอยคอต", ("boycott",)),
        ("regulators probe the bank, lawsuit filed", ("legal",)),
        ("จะไปแจ้งความและร้องเรียน สคบ.", ("legal",)),
        ("Hacked, sued and recalled", ("safety", "privacy", "legal")),
        ("There was no breach", ("privacy",)),
    ],
)
def test_risks(text: str, expected: tuple[str, ...]) -> None:
    assert FINDER.risks(normalise(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Fire sale at the mall this weekend",
        "This is the killer app of 2014",
        "Shares crash 12% after earnings",
        "leaked photos of the new iPhone 6",
        "as I recall, that was in May",
        "10 life hacks for small kitchens",
        "dinner at the food court",
        "the stock is down again",
        "Insider Trading: director sells 4,000 shares",
        "an explosion of colours",
        "ask @hacked about http://hacked.example/breach",
        "คนต่อคิวกันเป็นกลุ่มใหญ่มาก",
        "ดินถล่มที่ภาคเหนือ",
        "คูปองหมดอายุเมื่อไหร่คะ",
        "ขอให้โชคดีนะคะ",
        "ภาพหลุดรถรุ่นใหม่",
        "",
    ],
)
def test_everyday_words_are_no_risk(text: str) -> None:
    assert FINDER.risks(normalise(text)) == ()


def test_a_user_adds_words() -> None:
    own = RiskFinder({"safety": ("squeak*", "เหม็นไหม้")})
    assert own.risks("it squeaks") == own.risks("เบาะเหม็นไหม้") == ("safety",)
    assert own.risks("two people injured") == ("safety",)
    assert FINDER.risks("it squeaks") == ()


def test_the_settings_name_the_same_categories() -> None:
    assert get_args(RiskName) == FINDER.names
