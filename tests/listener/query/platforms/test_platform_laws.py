"""No platform is asked in a way that leaves out what the query accepts."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listener.query import Document, Node, matcher, parse
from listener.query.normalise import fold
from listener.query.platforms import FORMS, Compiled, Form, mastodon, x
from listener.query.tree import (
    Cashtag,
    Field,
    Handle,
    Hashtag,
    HasLink,
    Near,
    Not,
    Term,
    all_of,
    any_of,
    asks_for_something,
    walk,
)
from tests.listener.query.platforms.models import AUTHORS, KEY, READERS, RefusedError, X
from tests.listener.query.strategies import documents, nodes

SEARCHES = [form for form in FORMS if form.name in READERS]
PLATFORM = {"x-search": "x"}

HOSTILE = (
    'a" OR b', 'a") OR (b', "from:barbq", "-apple", "(apple", "apple)", "a|b", "lang:en", "\\",
    'apple\\" -', "title:apple", "OR", "AND", "NOT", "or", "the", "*", "#apple -good", "app*",
    "has:links", "a OR -b", '"', "'", "https://t.co/x?a=b&c=d", "apple\nOR\nlate", "\u0e48",
    "👍 good", "good👍apple", "👩‍👩‍👧", "❤️", "x" * 300, "apple " * 60, "-", "ดี-มาก", "และ",
)  # fmt: skip
_hostile = (st.sampled_from(HOSTILE) | st.text(max_size=5)).map(lambda text: " ".join(text.split()))
_names = _hostile.filter(lambda text: bool(fold(text)))
_extra: st.SearchStrategy[Node] = (
    st.builds(Term, _names)
    | st.builds(Hashtag, _names)
    | st.builds(Cashtag, _names)
    | st.builds(Handle, _names)
    | st.builds(Field, st.just("author"), st.sampled_from((*AUTHORS, 'a" OR "b', "x y")))
    | st.builds(Field, st.just("platform"), st.sampled_from(("x", "X", "reddit", "youtube")))
    | st.builds(Field, st.just("kind"), st.sampled_from(("post", "repost")))
    | st.builds(Field, st.just("lang"), st.sampled_from(("th", "en")))
    | st.lists(st.sampled_from(("apple", "ส่ง", "👍", "a-b", '"')), min_size=2, max_size=3).map(
        lambda words: Near(tuple(words), 3)
    )
)
_some = st.lists(nodes | _extra, min_size=2, max_size=4)
QUERIES = (
    nodes | _extra | _some.map(all_of) | _some.map(any_of) | st.builds(Not, _some.map(all_of))
).filter(asks_for_something)


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Node, Document]:
    """A query, and a document that says some of what it names and may well be accepted."""
    node = draw(QUERIES)
    named = [said for part, _ in walk(node) if (said := _said(part))]
    document = draw(documents)
    kept = draw(st.lists(st.sampled_from(named), max_size=6)) if named else []
    joint = draw(st.sampled_from((" ", " ", " ", "", ", ", "\u0e48", "_", "\n")))
    more = draw(st.sampled_from(("", document.text, draw(st.sampled_from(HOSTILE)))))
    spoken = [part.value for part, _ in walk(node) if isinstance(part, Field)]
    languages = [value for value in spoken if value in ("th", "en")]
    return node, replace(
        document,
        language=draw(st.sampled_from((document.language, "mixed", *languages))),
        text=joint.join([*(kept or named), more]),
        author_id=draw(st.none() | st.integers(0, len(AUTHORS) - 1)),  # a place until `on`
        kind=draw(st.sampled_from(("post", "post", "repost", "reply"))),
    )


def _said(node: Node) -> str | None:
    match node:
        case Term(text):
            return text
        case Near(words, _):
            return " ".join(words)
        case Hashtag() | Cashtag() | Handle():
            return str(node)
        case HasLink():
            return "https://t.co/x"
        case _:
            return None


PAIRS = _pairs()
_long = st.builds(
    lambda word, count: Term((word * count).strip()),
    st.sampled_from(("กข", "ab", "late ", "ส่งของ ", "a-b ")),
    st.integers(1, 60),
)
LONG = st.lists(_long, min_size=20, max_size=40, unique=True)


def on(platform: str, document: Document) -> Document:
    """The document as one of the platform; its author was a place among AUTHORS so far."""
    author = document.author_id
    known = KEY.author_id(platform, AUTHORS[author]) if author is not None else None
    return replace(document, platform=platform, author_id=known)


def check(form: Form, compiled: Compiled, node: Node, document: Document) -> None:
    verdicts = [READERS[form.name](query) for query in compiled.queries]
    assert len(set(compiled.queries)) == len(verdicts)
    assert bool(verdicts) is (compiled.unasked is None)
    accepted = matcher(node, KEY)(document)
    if compiled.unasked is not None and "accepts nothing" in compiled.unasked:
        assert not accepted
    elif accepted and verdicts:
        assert any(verdict(document) for verdict in verdicts)


@pytest.mark.parametrize("form", SEARCHES, ids=lambda form: form.name)
@settings(max_examples=120)
@given(PAIRS)
def test_nothing_that_the_query_accepts_is_left_out(
    form: Form, pair: tuple[Node, Document]
) -> None:
    node, document = pair
    check(form, form.compile(node), node, on(PLATFORM.get(form.name, form.name), document))


@pytest.mark.parametrize("form", SEARCHES, ids=lambda form: form.name)
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("apple -เท", "apple เท่"),
        ("apple -#ดี", "apple #ดีมาก"),
        ('apple -"late delivery"', "apple late, delivery"),
        ("apple -AT&T", "apple at t"),
        ("apple -$AA", "apple $AAPL"),
        ("apple -@barbq", "apple @barbq_th"),
        ('"good👍apple"', "good👍apple"),
        ('"ของ👍ดี" apple', "apple ของ👍ดี"),
        ("so", "sooooooo"),
        ("sooooo", "soooooooooo"),
        ("café", "CAFE"),
        ("cafe", "c\u200bafé"),
        ("เเม่", "แม่"),
        ("iphone", "ซื้อiPhoneมา"),
        ("ดี", "อยู่ดีๆก็ดีเลย์"),
        ('"late delivery"~5', "delivery is late"),
        ("apple (a OR -b)", "apple"),
        ("apple -(a b)", "apple a"),
        ("apple -(-late OR giveaway)", "apple late"),
        ("-(-apple)", "apple"),
        ("apple lang:mixed", "apple"),
        ("(apple lang:th) OR (late lang:en)", "apple"),
    ],
)
def test_cases(form: Form, query: str, text: str) -> None:
    node = parse(query)
    document = Document(text, platform=PLATFORM.get(form.name, form.name), language="mixed")
    assert matcher(node)(document)
    check(form, form.compile(node), node, document)


@pytest.mark.parametrize("form", SEARCHES, ids=lambda form: form.name)
@settings(max_examples=6)
@given(LONG, LONG, QUERIES, st.data())
def test_nor_of_a_long_query(
    form: Form, either: list[Term], other: list[Term], extra: Node, data: st.DataObject
) -> None:
    platform = PLATFORM.get(form.name, form.name)
    words = data.draw(st.lists(st.sampled_from([*either, *other, Term("apple")]), max_size=3))
    for node, more in (
        (any_of(either), []),
        (all_of(either), either),
        (all_of([any_of(either), any_of(other), extra]), []),
        (any_of([all_of([any_of(either), extra]), all_of(other)]), other),
    ):
        document = Document(" ".join(word.text for word in (*words, *more)), platform=platform)
        check(form, form.compile(node), node, document)


@settings(max_examples=12)
@given(LONG, st.data())
def test_splitting_changes_nothing(words: list[Term], data: st.DataObject) -> None:
    node = all_of([any_of(words), Not(Term("giveaway"))])
    whole, split = x.compile(node, longest=100_000), x.compile(node, longest=x.SEARCH)
    said = data.draw(st.lists(st.sampled_from([*words, Term("giveaway")]), max_size=2))
    document = Document(" ".join(word.text for word in said), platform="x")
    (accepts,) = [X(100_000).read(query) for query in whole.queries]
    assert len(split.queries) > 1
    assert accepts(document) is any(X(x.SEARCH).read(query)(document) for query in split.queries)
    assert split.widened == whole.widened


@given(PAIRS)
@example((parse("#apple ดี"), Document("ดี #apple")))
def test_hashtags_that_are_all_bring_all(pair: tuple[Node, Document]) -> None:
    node, document = pair
    compiled = mastodon.tags(node)
    document = on("mastodon", document)
    if compiled.queries and not compiled.missed and matcher(node, KEY)(document):
        assert any(matcher(Hashtag(name))(document) for name in compiled.queries)


@pytest.mark.parametrize(
    "query",
    [
        "-a",
        "the",
        "has:links",
        "lang:th",
        "a OR -b",
        "-(a b)",
        "(a",
        "a)",
        '"a',
        "a:b",
        "a,b",
        "a OR",
        "",
    ],
)
def test_the_model_of_x_is_strict(query: str) -> None:
    with pytest.raises(RefusedError):
        X(1_024).read(query)
