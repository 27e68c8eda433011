"""The enricher: one answer per text, whatever the batch, whatever the text, without a network."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from tests.nlp.strategies import texts

ENRICHER = Enricher(NlpSettings())

SOCIAL = (
    "RT @cnbc: Apple unveils the iPhone 6 http://t.co/abc $AAPL #apple",
    "แอปล่มอีกแล้ว โอนเงินไม่ได้ เมื่อไหร่จะใช้ได้คะ 😡😡",
    "อร่อยมากกกก ชอบสุดๆ 555555",
    "ร้านนี้ service ดีมาก staff friendly, will come again",
    "Vi piace il nuovo telefono? Secondo noi è bellissimo",
    "",
    "😂😂😂",
    "http://t.co/abc",
    "\u200b\u200b",
    "ok",
)
HOSTILE = (
    "",
    " \n\t ",
    "\x00",
    "\ud800\udc00\udfff",
    "😡" * 5000,
    "http://t.co/x " * 5000,
    "\u200b" * 10_000,
    "\u202eabc\u202d \u2066עברית\u2069 ไทย",
    "Z" + "\u0341" * 10_000,
    "ก" + "\u0e48" * 10_000,
    "a" * 1_000_000,
    "ก" * 1_000_000,
    "ตากลม" * 200_000,
    "&amp;" * 200_000,
    "#" * 100_000,
    "@a" * 100_000,
    "$" * 100_000,
    "5" * 100_000,
    "ha" * 100_000,
    "." * 100_000,
    "-" * 100_000 + "a",
    "a-" * 100_000,
    "a." * 100_000,
    "'" * 100_000 + "a" + "'" * 100_000,
    "(" * 5000 + "a" + ")" * 5000,
    "\u0600" * 10_000,
    "👨\u200d" * 10_000,
    "🇹" * 10_001,
)


def test_what_social_posts_mean() -> None:
    apple, outage, tasty, mixed, italian, *_ = ENRICHER.enrich(SOCIAL)
    assert (apple.language, apple.risks, apple.duplicate_key != 0) == ("en", (), True)
    assert {"apple", "iphone 6", "#apple", "$aapl"} <= set(apple.terms)
    assert (outage.language, outage.sentiment, outage.intent) == ("th", "negative", "question")
    assert outage.risks == ("outage",)
    assert (tasty.language, tasty.sentiment, tasty.terms) == ("th", "positive", ("อร่อย",))
    assert mixed.language == "mixed"
    assert italian.language == "other"


@given(st.permutations(SOCIAL), st.integers(1, len(SOCIAL)))
def test_neither_order_nor_batches_matter(batch: list[str], size: int) -> None:
    alone = {text: ENRICHER.enrich([text])[0] for text in SOCIAL}
    parts = [batch[start : start + size] for start in range(0, len(batch), size)]
    assert [one for part in parts for one in ENRICHER.enrich(part)] == [alone[one] for one in batch]


@given(st.lists(texts, max_size=6))
def test_any_text_has_an_answer_of_its_own(batch: list[str]) -> None:
    together = ENRICHER.enrich(batch)
    assert together == [ENRICHER.enrich([text])[0] for text in batch]
    assert all(0 <= one.sentiment_probability <= 1 for one in together)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_bad_texts_have_an_answer(number: int) -> None:
    [alone] = ENRICHER.enrich([HOSTILE[number]])
    together = ENRICHER.enrich([SOCIAL[0], HOSTILE[number], SOCIAL[1]])
    assert together == [*ENRICHER.enrich(SOCIAL[:1]), alone, *ENRICHER.enrich(SOCIAL[1:2])]
    assert len(alone.terms) <= 40


def test_the_users_words_reach_the_terms() -> None:
    text = "ไปบาร์บีคิวพลาซ่ากัน"
    own = Enricher(NlpSettings(words=("บาร์บีคิวพลาซ่า",)))
    assert own.enrich([text])[0].terms == ("บาร์บีคิวพลาซ่า",)
    assert "บาร์บีคิวพลาซ่า" not in ENRICHER.enrich([text])[0].terms


def test_the_users_risk_words_reach_the_risks() -> None:
    own = Enricher(NlpSettings(risks={"outage": ("wobbly",)}))
    assert own.enrich(["the app is wobbly"])[0].risks == ("outage",)


def test_an_empty_batch() -> None:
    assert ENRICHER.enrich([]) == []


OFFLINE = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"reached for the network: {event} {arguments}")

sys.addaudithook(refuse)

from nlp.enrich import Enricher
from nlp.settings import NlpSettings

found = Enricher(NlpSettings()).enrich(
    ["Vi piace il nuovo telefono, bellissimo", "I don't like it", "ไม่ชอบเลย"]
)
print([one.language for one in found])
"""


def test_a_fresh_process_needs_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("['other', 'en', 'th']", 0), done.stderr


LAZY = """
import sys
import nlp.stage, nlp.enrich
heavy = {"spacy", "pythainlp", "nlpo3", "scipy", "sklearn", "fasttext", "torch"}
print(sorted(heavy & set(sys.modules)))
"""


def test_heavy_libraries_are_loaded_on_use() -> None:
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
