"""The local matcher: what is found where, and agreement with a naive evaluator."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listener.errors import SettingsError
from listener.query import BrandMatcher, Document, matcher, parse
from listener.query.tree import Near, Node, Or, Term
from listener.store import AuthorKey
from tests.listener.query import naive
from tests.listener.query.strategies import documents, nodes

NEARBY = ("late", "delivery", "so", "sooo", "a", "ส่ง", "ช้า", "ส่งช้า", "มาก", "ของ", "寿司", "👍")
nears = st.builds(
    Near,
    st.lists(st.sampled_from(NEARBY), min_size=2, max_size=3).map(tuple),
    st.integers(0, 3),
)

KEY = AuthorKey("a key for the tests, and for nothing else")


def finds(query: str, text: str) -> bool:
    return matcher(parse(query))(Document(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("iphone", "ซื้อiPhoneมา"),
        ("iphone", "iPhone's"),
        ("ซื้อ iphone", "จะซื้อiPhoneดีไหม"),
        ("ดี", "ของดีมาก"),
        ("บาร์บีคิวพลาซ่า", "ไปกินบาร์บีคิวพลาซ่ามา"),
        ('"Bar B Q"', "at bar  b\nq now"),
        ("cafe", "Le CAFÉ"),
        ("café", "cafe"),
        ("café", "cafe\u0301"),
        ("apple", "ＡＰＰＬＥ 𝐚𝐩𝐩𝐥𝐞"),
        ("at&t", "AT&amp;T is down"),
        ("at&t", "AT&amp;amp;T is down"),
        ("mcdonald's", "McDonald’s"),
        ("coca-cola", "Coca‑Cola"),
        ("apple", "Apple™ store"),
        ("น้ำ", "นํ้า"),
        ("น้ำ", "น\u0e49\u0e4d\u0e32"),
        ("น้ำ", "นำ้"),
        ("แม่", "เเม่"),
        ("ที่", "ท่ี"),
        ("ดี", "ดีี"),
        ("ไทยแลนด์", "ไทย\u200bแลนด์"),
        ("9.9", "โปร ๙.๙ มาแล้ว"),
        ("so", "sooooo good"),
        ("soo", "sooooo good"),
        ("good", "goooood"),
        ("yes", "yessss!"),
        ("แซ่บ", "แซ่บบบบ"),
        ("sooo", "sooooooo"),
        ("#apple", "new #Apple!"),
        ("#ของดี", "#ของดี มาแล้ว"),
        ("#apple", "มาแล้ว#apple"),
        ("$aapl", "$AAPL up"),
        ("@barbq", "ขอบคุณ@BarBQครับ"),
        ("❤", "รัก❤️"),
        ("👍", "👍🏽"),
        ("apple", "#apple @apple $apple"),
        ('"ส่ง ช้า"~1', "ส่งของช้า"),
        ('"ส่ง ช้า now"~2', "ส่งของช้า ok now"),
        ('"late delivery"~3', "late again, as always: delivery"),
        ('"delivery late"~3', "late as ever, my delivery"),
        ('"late delivery"~0', "late delivery"),
        ("has:link pics", "pics: https://t.co/x"),
        ("has:link pics", "pics youtu.be/x"),
        ("apple OR ส้ม", "ส้มหวาน"),
        ("apple -giveaway", "apple"),
        ("apple NOT (giveaway OR แจก)", "apple"),
        ("寿司", "今日は寿司だ"),
    ],
)
def test_found(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("apple", "pineapple"),
        ("apple", "apples"),
        ("apple", "apple5"),
        ("7-11", "17-11"),
        ("เท", "เท่มาก"),
        ("น", "น้ำ"),
        ("ท", "ทำ"),
        ("so", "soo"),
        ("god", "good morning"),
        ("sooo", "soo"),
        ("AA", "AAA batteries"),
        ("w", "www"),
        ("55", "555"),
        ("10", "1000"),
        ("#apple", "#appleevent"),
        ("#apple", "apple"),
        ("#ของ", "#ของดี"),
        ("#apple", "https://x.com/#apple"),
        ("$aa", "$AAPL"),
        ("$aapl", "US$AAPL"),
        ("@barbq", "@barbq_th"),
        ("@barbq", "mail a@barbq.com"),
        ('"late delivery"', "delivery late"),
        ('"late delivery"~2', "late again, as always: delivery"),
        ('"delivery late"~2', "late as ever, my delivery"),
        ('"ส่ง ช้า"~0', "ส่งของช้า"),
        ('"ส่ง ช้า now"~1', "ส่งของช้า ok now"),
        ("has:link a", "a b.c"),
        ("apple -giveaway", "apple giveaway"),
        ("apple NOT (giveaway OR แจก)", "apple แจกฟรี"),
        ("apple", ""),
    ],
)
def test_not_found(query: str, text: str) -> None:
    assert not finds(query, text)


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("lang:th", Document("", language="th")),
        ("lang:th", Document("", language="mixed")),
        ("lang:en", Document("", language="en-GB")),
        ("platform:X", Document("", platform="x")),
        ("kind:reply", Document("", kind="reply")),
        ("label:aapl", Document("", labels=("MSFT", "AAPL"))),
        ('label:"สินค้า ใหม่"', Document("", labels=("สินค้า ใหม่",))),
        ("followers>=1,000", Document("", followers=1000)),
        ("followers>1k", Document("", followers=1001)),
        ("followers < 2M", Document("", followers=1_999_999)),
        ("followers=0", Document("", followers=0)),
        ("author:alice", Document("", platform="x", author_id=KEY.author_id("x", "alice"))),
        ("author:@alice", Document("", platform="x", author_id=KEY.author_id("x", "alice"))),
    ],
)
def test_fields_accept(query: str, document: Document) -> None:
    assert matcher(parse(query), KEY)(document)


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("lang:th", Document("", language="en")),
        ("lang:th", Document("")),
        ("lang:mixed", Document("", language="th")),
        ("platform:x", Document("", platform="xing")),
        ("kind:reply", Document("")),
        ("label:aapl", Document("aapl", labels=("AAPLX",))),
        ("followers<10", Document("")),
        ("followers>1k", Document("", followers=1000)),
        ("author:alice", Document("", platform="y", author_id=KEY.author_id("x", "alice"))),
        ("author:alice", Document("alice")),
    ],
)
def test_fields_refuse(query: str, document: Document) -> None:
    assert not matcher(parse(query), KEY)(document)


def test_author_needs_the_key() -> None:
    with pytest.raises(SettingsError, match="author:alice needs a workspace"):
        matcher(parse("apple author:alice"))


@settings(max_examples=600)
@given(nodes, documents)
@example(Term("so"), Document("sooo"))
@example(parse('"ส่ง ช้า"~1'), Document("ส่งของของช้า ส่งช้า"))
def test_agrees_with_the_naive_evaluator(node: Node, document: Document) -> None:
    assert matcher(node)(document) == naive.accepts(node, document)


@settings(max_examples=400)
@given(nears, st.lists(st.sampled_from(NEARBY), max_size=8), st.sampled_from(("", " ", ", ")))
def test_nearness_agrees_with_the_naive_evaluator(near: Near, words: list[str], joint: str) -> None:
    document = Document(joint.join(words))
    assert matcher(near)(document) == naive.accepts(near, document)


@settings(max_examples=200)
@given(st.lists(nodes, max_size=8), documents)
@example(
    [parse("so"), parse("ก"), parse("lang:th"), Or((Term("a"), Term("iPhone")))], Document("sooo")
)
def test_brands_agree_with_queries_one_by_one(queries: list[Node], document: Document) -> None:
    asked = {f"brand-{place}": str(node) for place, node in enumerate(queries)}
    expected = [brand for brand, query in asked.items() if matcher(parse(query))(document)]
    assert list(BrandMatcher(asked).match(document)) == expected


def test_brands_come_in_their_order_and_need_the_key() -> None:
    brands = BrandMatcher({"z": "apple", "a": "apple OR ดี", "m": "pear"})
    assert brands.match(Document("apple")) == ("z", "a")
    assert BrandMatcher({}).match(Document("apple")) == ()
    mine = BrandMatcher({"me": "author:alice"}, KEY)
    assert mine.match(Document("", platform="x", author_id=KEY.author_id("x", "alice"))) == ("me",)


def test_brands_of_one_character() -> None:
    brands = BrandMatcher({"k": "ก", "a": "a OR แอ", "none": "ข"})
    assert brands.match(Document("กa")) == ("k", "a")
    assert brands.match(Document("a")) == ("a",)
