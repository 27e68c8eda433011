"""Search: exactly what the local matcher accepts, by the indexes that there are."""

import re
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.candidates import Scope, candidates
from listener.errors import QuerySyntaxError
from listener.index import IndexStage
from listener.model import Folding, FoldingKind, Mention, MentionKind
from listener.query import Document, matcher, parse
from listener.query.tree import Node
from listener.search import search, survey
from listener.stage import run_to_end
from listener.store import AuthorKey, append, fold, open_database
from tests.listener.query.strategies import documents, nodes, texts

KEY = AuthorKey("a key for the tests, and for nothing else")
ALL = 10_000


def fresh() -> Database:
    return open_database(":memory:", ROOMS, create=True)


def put(db: Database, *mentions: Mention) -> None:
    append(db, mentions, source="test", key=KEY, now=1)


def enrich(db: Database, seq: int, *, language: str, brands: Sequence[str] = ()) -> None:
    db.execute(
        "INSERT INTO enrichments (mention_seq, language, sentiment, "
        "sentiment_probability, intent, duplicate_key, risks, terms) "
        "VALUES (?, ?, 'negative', 0.9, 'other', 0, '[]', '[]')",
        [seq, language],
    )
    db.conn.executemany("INSERT INTO brand_matches VALUES (?, ?)", [(b, seq) for b in brands])


def ids(db: Database, query: str, limit: int = ALL, **scope: object) -> list[str]:
    result = search(db, query, key=KEY, scope=Scope(**scope), limit=limit)  # type: ignore[arg-type]
    return [hit.native_id for hit in result.hits]


def said(text: str, native_id: str = "1", at: int = 0, **more: object) -> Mention:
    return Mention("x", native_id, at, text, **more)  # type: ignore[arg-type]


@pytest.fixture
def db() -> Database:
    """Five mentions, all indexed; the third is enriched as Thai and about a brand."""
    db = fresh()
    put(
        db,
        said("ซื้อiPhoneมา", "a", 10, language="en", author="somsri", followers=5),
        said("iPhone is here", "b", 30, language="en", labels=("AAPL",)),
        said("รัก iPhone ดีมาก", "c", 20, author="somsri"),
        Mention("pantip", "d", 30, "iphone ดี", author="somsri", kind=MentionKind.COMMENT),
        said("pineapple", "e", 40),
    )
    run_to_end(IndexStage(), db, now=9)
    enrich(db, 3, language="th", brands=("apple", "other"))
    return db


def test_newest_first(db: Database) -> None:
    assert ids(db, "iphone") == ["d", "b", "c", "a"]
    assert ids(db, "ดี") == ["d", "c"]
    assert ids(db, "apple") == []


def test_limit_and_more(db: Database) -> None:
    assert ids(db, "iphone", limit=2) == ["d", "b"]
    assert search(db, "iphone", limit=2).more
    assert not search(db, "iphone", limit=4).more


def test_scope(db: Database) -> None:
    assert ids(db, "iphone", platform="pantip") == ["d"]
    assert ids(db, "ดี", platform="x") == ["c"]
    assert ids(db, "iphone", since=20, until=30) == ["c"]
    assert ids(db, "iphone", since=30) == ["d", "b"]
    assert ids(db, "iphone", brand="apple") == ["c"]
    assert ids(db, "ดี", brand="apple") == ["c"]
    assert ids(db, "lang:th", brand="apple") == ["c"]
    assert ids(db, "iphone", brand="nobody") == []


def test_scope_by_source_and_by_what_the_enrichment_said(db: Database) -> None:
    append(db, [said("iPhone", "f", 50)], source="other", key=KEY, now=1)
    assert ids(db, "iphone", source="other") == ["f"]
    assert ids(db, "iphone", source="test") == ["d", "b", "c", "a"]
    assert ids(db, "iphone", sentiment="negative") == ["c"]
    assert ids(db, "iphone", sentiment="positive") == []
    assert ids(db, "ดี", intent="other") == ["c"]
    assert ids(db, "ดี", intent="question", sentiment="negative") == []


def test_an_empty_query_accepts_all(db: Database) -> None:
    assert ids(db, " ") == ["e", "d", "b", "c", "a"]
    assert ids(db, "", brand="apple") == ["c"]
    assert [hit.native_id for hit in search(db, "", language="th").hits] == ["c"]


def test_language_is_the_enriched_one_or_else_the_platforms(db: Database) -> None:
    assert [hit.native_id for hit in search(db, "iphone", language="th").hits] == ["c"]
    assert ids(db, "iphone lang:en") == ["b", "a"]


def test_fields(db: Database) -> None:
    assert ids(db, "author:somsri") == ["d", "c", "a"]
    assert ids(db, "author:@somsri ดี -platform:pantip") == ["c"]
    assert ids(db, "iphone label:aapl") == ["b"]
    assert ids(db, "kind:comment") == ["d"]
    assert ids(db, "followers>1") == ["a"]


def test_a_hit_tells_all(db: Database) -> None:
    hit = search(db, "iphone ดี", scope=Scope(platform="x")).hits[0]
    assert (hit.seq, hit.platform, hit.published_at, hit.kind) == (3, "x", 20, "post")
    assert (hit.language, hit.sentiment, hit.brands) == ("th", "negative", ("apple", "other"))
    assert hit.pieces == (
        ("รัก ", False), ("iPhone", True), (" ", False), ("ดี", True), ("มาก", False)
    )  # fmt: skip
    assert [hit.text[start:end] for start, end in hit.spans] == ["iPhone", "ดี"]


def test_the_index_may_lag_behind(db: Database) -> None:
    put(db, said("iPhone ใหม่", "f", 50), said("Café ใหม่", "g", 60))
    fold(db, [Folding(FoldingKind.EDIT, "x", 5, native_id="e", text="Crème iPhone")], key=KEY)
    assert ids(db, "iphone") == ["f", "e", "d", "b", "c", "a"]
    assert ids(db, "cafe") == ["g"]
    assert ids(db, "creme") == ["e"]
    assert search(db, "iphone").waiting == 3
    run_to_end(IndexStage(), db, now=9)
    assert search(db, "iphone").waiting == 0
    assert ids(db, "cafe OR creme") == ["g", "e"]


def test_nothing_is_indexed_yet() -> None:
    db = fresh()
    assert search(db, "apple").hits == ()
    put(db, said("apple"))
    assert ids(db, "apple") == ["1"]


def test_deleted_mentions_are_not_found(db: Database) -> None:
    fold(db, [Folding(FoldingKind.DELETE, "x", 5, native_id="b")], key=KEY)
    assert ids(db, "iphone") == ["d", "c", "a"]
    assert "b" not in ids(db, "platform:x")
    run_to_end(IndexStage(), db, now=9)
    assert "b" not in ids(db, "platform:x")


def test_hostile_queries_reach_fts5_safely(db: Database) -> None:
    put(db, said('say "text:" NEAR(a* ^b) --', "q"))
    run_to_end(IndexStage(), db, now=9)
    for query in ('"\\"text:\\""', '"NEAR(a"', '"b) --"', '"\' OR 1=1 --"'):
        assert ids(db, query) in (["q"], [])
    assert ids(db, '"\\"text:\\" NEAR(a* ^b) --"') == ["q"]


def test_a_bad_query_is_refused(db: Database) -> None:
    with pytest.raises(QuerySyntaxError):
        search(db, "(iphone")


def test_survey_counts_everything(db: Database) -> None:
    counted = survey(db, "iphone", samples=2)
    assert (counted.read, counted.found) == (5, 4)
    assert (counted.first, counted.last) == (10, 30)
    assert counted.platforms == {"x": 3, "pantip": 1}
    assert counted.languages == {"en": 2, "th": 1, "und": 1}
    assert [hit.native_id for hit in counted.samples] == ["d", "c"]
    nothing = survey(db, "nothing")
    assert (nothing.found, nothing.first, nothing.samples) == (0, None, ())


@cache
def shared() -> Database:
    return fresh()


def mention(number: int, document: Document) -> Mention:
    return Mention(
        document.platform,
        str(number),
        number // 2,
        document.text,
        followers=document.followers,
        kind=MentionKind(document.kind),
        language=document.language,
        labels=document.labels,
    )


@settings(max_examples=150)
@given(st.lists(documents, max_size=6), nodes, st.integers(0, 6), st.lists(texts, max_size=2))
@example([Document("Café"), Document("sooo"), Document("มากก")], parse("cafe OR soo OR มาก"), 9, [])
@example([Document("CAFE"), Document("É")], parse("café OR é"), 9, ["CAFÉ", "e"])
def test_finds_exactly_what_the_matcher_accepts(
    said_before: list[Document], node: Node, indexed: int, edits: list[str]
) -> None:
    db = shared()
    db.execute("DELETE FROM mentions")
    run_to_end(IndexStage(), db, now=9)
    put(db, *(mention(number, document) for number, document in enumerate(said_before)))
    if indexed:
        IndexStage().step(db, limit=indexed, now=9)
    now: dict[str, Document] = {str(n): document for n, document in enumerate(said_before)}
    for number, text in enumerate(edits[: len(now)]):
        platform = said_before[number].platform
        edit = Folding(FoldingKind.EDIT, platform, 5, native_id=str(number), text=text)
        fold(db, [edit], key=KEY)
        now[str(number)] = Document(text, **_fields(said_before[number]))
    accepts = matcher(node)
    expected = [native_id for native_id, document in now.items() if accepts(document)]
    expected.sort(key=lambda native_id: (int(native_id) // 2, int(native_id)), reverse=True)
    assert ids(db, str(node)) == expected
    run_to_end(IndexStage(), db, now=9)
    assert ids(db, str(node)) == expected


def _fields(document: Document) -> dict[str, object]:
    names = ("platform", "language", "followers", "labels", "kind")
    return {name: getattr(document, name) for name in names}


@pytest.mark.parametrize(
    ("query", "scope", "reads"),
    [
        ("iphone", Scope(), "mentions_fts VIRTUAL TABLE"),
        ("iphone ดี", Scope(brand="apple", since=5), "mentions_fts VIRTUAL TABLE"),
        ("author:somsri", Scope(), "mentions USING COVERING INDEX mentions_author"),
        ("author:somsri ดี", Scope(platform="x"), "mentions USING COVERING INDEX mentions_author"),
        ("ดี", Scope(brand="apple"), "brand_matches USING PRIMARY KEY"),
        ("ดี", Scope(since=5, until=9), "m USING INDEX mentions_published"),
        ("lang:th", Scope(), "m USING INDEX mentions_published"),
    ],
)
def test_uses_the_indexes(db: Database, query: str, scope: Scope, reads: str) -> None:
    sql, parameters = candidates(db, parse(query), scope, KEY)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    assert any(reads in step for step in plan), plan
    scans = [step for step in plan if re.match(r"SCAN (m|mentions|changes|brand_matches)\b", step)]
    assert scans == [], plan
