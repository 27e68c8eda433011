"""What each platform is asked, and what the user is told."""

import re
from pathlib import Path

import pytest

from listener.query import parse
from listener.query.platforms import FORMS, Compiled, bluesky, mastodon, news, reddit, x, youtube
from listener.query.tree import And, Or, Term

DOCS = (Path(__file__).parents[4] / "docs" / "query.md").read_text("utf-8")
COMPILE = {form.name: form.compile for form in FORMS}


def lines(name: str, query: str) -> list[str]:
    return list(COMPILE[name](parse(query)).queries)


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("late delivery", "late delivery"),
        ('"Late Delivery" OR late', '"late delivery" OR late'),
        ("(a1 OR b1) c1 OR d1", "((a1 OR b1) c1) OR d1"),
        ("apple -pie -#juice -$AAPL -@barbq", "apple -pie -#juice -$aapl -@barbq"),
        ("apple -(pie OR juice)", "apple -pie -juice"),
        ("apple -(pie juice)", "apple"),
        ("apple lang:th has:link author:BarBQ", "apple lang:th has:links from:barbq"),
        ("apple lang:mixed -lang:en -has:link -author:barbq label:x", "apple"),
        ("apple -kind:repost", "apple -is:retweet"),
        ("apple kind:reply", "apple -is:retweet"),
        ("apple platform:x", "apple"),
        ("apple OR (late platform:reddit)", "apple"),
        ("Café", "cafe OR café"),
        ("AT&T", '"at t"'),
        ('"NOT" apple', '"not" apple'),
        ('"a\\" OR b"', '"a or b"'),
        ('"from:me -apple"', '"from me apple"'),
        ("the apple", "apple"),
        ("#ของดี", "#ของดี"),
        ("#555", "555"),
        ("#apple-pie", '"apple pie"'),
        ("@barbq@mastodon.social", '"barbq mastodon social"'),
        ("$BRK.A", "$brk.a"),
        ("👍", '"👍"'),
        ("❤️ apple", '("❤" OR "❤️") apple'),
        ("👩‍👩‍👧 apple", "apple"),
        ("apple OR apple OR APPLE", "apple"),
    ],
)
def test_x(query: str, rule: str) -> None:
    assert lines("x", query) == [rule]


@pytest.mark.parametrize(
    ("name", "query", "asked"),
    [
        ("reddit", "(a1 OR b1) c1 -d1", ["(a1 OR b1) AND c1"]),
        ("reddit", 'apple author:some_one "late delivery"~3',
         ['apple AND author:"some_one" AND late AND delivery']),
        ("mastodon", '#ของดี OR "late delivery" -apple', ["#ของดี", '"late delivery"']),
        ("mastodon", "(a1 OR b1) (c1 OR d1)", ["a1 c1", "a1 d1", "b1 c1", "b1 d1"]),
        ("bluesky", "#ของดี OR (apple @barbq lang:th)", ["#ของดี", "apple barbq"]),
        ("youtube", "(boating OR sailing) -fishing", ["boating|sailing"]),
        ("youtube", '"bar b q" OR barbq OR ของดี', ["barbq|ของดี", "bar b q"]),
        ("youtube", "apple (a1 OR b1)", ["apple a1|b1"]),
        ("news", '"bar b q" OR barbq', ['"bar b q" OR barbq']),
        ("news", "barbq OR (apple late)", ["barbq", "apple late"]),
        ("mastodon-tags", "#Apple OR late OR -(-#ดี)", ["apple", "ดี"]),
    ],
)  # fmt: skip
def test_others(name: str, query: str, asked: list[str]) -> None:
    assert lines(name, query) == asked


@pytest.mark.parametrize("name", [form.name for form in FORMS])
@pytest.mark.parametrize("query", ["lang:th", "has:link", "platform:tiktok apple", '"!?"'])
def test_what_cannot_be_asked_is_said(name: str, query: str) -> None:
    compiled = COMPILE[name](parse(query))
    assert compiled.queries == ()
    assert compiled.unasked


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("apple OR lang:th", "lang:th"),
        ("has:link", "has:links"),
        ("apple OR followers>5", "the query, or a side of an OR in it,"),
    ],
)
def test_what_makes_it_so_is_said(query: str, what: str) -> None:
    assert x.compile(parse(query)).unasked == (
        f"X must be asked for something that it can look for, and {what} names no such thing."
    )


def test_notes() -> None:
    compiled = x.compile(parse("บาร์บีคิว -pie -ดี followers>=5 (late OR -ช้า)"))
    assert compiled == Compiled(
        ("บาร์บีคิว -pie",),
        (
            "-ดี: judged here, as asking might leave out more than this",
            "followers>=5: judged here",
            "late OR -ช้า: judged here, since -ช้า cannot be asked",
        ),
        (
            "words of scripts without spaces, such as Thai, inside longer runs: "
            "X cuts words in its own way",
            "posts that have what is excluded in a link or a quoted post: X looks there too",
        ),
    )
    assert reddit.compile(parse("apple late")) == Compiled(("apple AND late",))


def test_a_long_rule_is_split_at_or() -> None:
    node = parse(f"({' OR '.join(f'word{number:03}' for number in range(200))}) -giveaway")
    rules = x.compile(node)
    assert len(rules.queries) == 3
    assert len(x.compile(node, longest=x.SEARCH).queries) == 5
    assert all(rule.endswith(" -giveaway") or "-giveaway (" in rule for rule in rules.queries)
    assert re.findall(r"word\d+", " ".join(rules.queries)) == [f"word{n:03}" for n in range(200)]
    assert rules.widened == ()


def test_what_has_no_or_to_split_at_is_cut() -> None:
    node = parse(" ".join(f"word{number:03}" for number in range(200)))
    compiled = x.compile(node)
    assert len(compiled.queries) == 1
    assert len(compiled.queries[0]) <= x.RULE
    assert len(compiled.widened) == 200 - len(compiled.queries[0].split())
    assert compiled.widened[0] == "word000: left out of a query of 1,024 characters at most"
    assert len(youtube.compile(node).queries[0]) <= youtube.LONGEST


def test_alternatives_do_not_multiply_without_end() -> None:
    group = "(a1 OR b1 OR c1)"
    compiled = bluesky.compile(parse(f"{group} {group.replace('1', '2')} apple"))
    assert compiled.queries == ("apple a1", "apple b1", "apple c1")
    assert compiled.widened == ("a2 OR b2 OR c2: left out, it would take more than 8 queries",)
    assert (
        len(mastodon.compile(parse(f"({' OR '.join(f'w{n}' for n in range(30))}) x1")).queries)
        == 30
    )


def test_the_largest_query_is_compiled() -> None:
    words = tuple(Term(f"word{number}") for number in range(1_900))
    for form in FORMS:
        if form.name != "mastodon-tags":
            assert " ".join(form.compile(Or(words)).queries).count("word") == 1_900
            assert len(form.compile(And(words)).queries) == 1


def test_exclusions_are_left_out_first() -> None:
    names = " OR ".join(f"name{number}" for number in range(100))
    nots = " ".join(f"-not{number:03}" for number in range(150))
    compiled = x.compile(parse(f"late ({names}) {nots}"))
    assert all(query.startswith("late -not") for query in compiled.queries)
    assert " ".join(compiled.queries).count(" -not149") == len(compiled.queries)
    assert re.findall(r"name\d+", " ".join(compiled.queries)) == [f"name{n}" for n in range(100)]
    assert all(note.startswith("-not") for note in compiled.widened)


def test_the_news_platform_is_the_source_s_own() -> None:
    assert news.compile(parse("apple platform:pantip"), "pantip").queries == ("apple",)


def test_docs() -> None:
    section = DOCS.partition("## What platforms are asked\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| ([a-z-]+) \| (.+?) \|$", section, re.MULTILINE)
    assert {name for _, name, _ in rows} == set(COMPILE)
    for query, name, asked in rows:
        assert lines(name, query.replace("\\|", "|")) == [
            code.replace("\\|", "|") for code in re.findall(r"`(.+?)`", asked)
        ]
