"""Parsing and printing: trees, errors with a caret, limits, and print-parse identity."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listener.errors import QuerySyntaxError
from listener.query import parse, to_text
from listener.query.tree import (
    And,
    Cashtag,
    Field,
    Followers,
    Handle,
    Hashtag,
    HasLink,
    Near,
    Node,
    Not,
    Or,
    Term,
)
from tests.listener.query.strategies import nodes

SIGNS = (
    "a", "ดี", "OR", "AND", "NOT", "(", ")", '"', "~5", "-", "#", "@", "$", ":", "lang:th", "label:",
    "followers>1", "“", "”", "\\", ",", "|", "*",
)  # fmt: skip


def error(query: str) -> QuerySyntaxError:
    with pytest.raises(QuerySyntaxError) as raised:
        parse(query)
    return raised.value


def test_everything_at_once() -> None:
    query = (
        '("Bar B Q" OR บาร์บีคิวพลาซ่า OR @barbq) -giveaway lang:th platform:x author:name '
        'followers>=1000 "late delivery"~5 has:link'
    )
    assert parse(query) == And(
        (
            Or((Term("Bar B Q"), Term("บาร์บีคิวพลาซ่า"), Handle("barbq"))),
            Not(Term("giveaway")),
            Field("lang", "th"),
            Field("platform", "x"),
            Field("author", "name"),
            Followers(">=", 1000),
            Near(("late", "delivery"), 5),
            HasLink(),
        )
    )
    assert str(parse(query)) == query


A, B, C = Term("a"), Term("b"), Term("c")


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("a b OR c", Or((And((A, B)), C))),
        ("a AND b OR c AND a", Or((And((A, B)), And((C, A))))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("a (b c)", And((A, B, C))),
        ("a OR (b OR c)", Or((A, B, C))),
        ("((a))", A),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT b", And((A, Not(B)))),
        ("a -(b OR c)", And((A, Not(Or((B, C)))))),
        ("--a", Not(Not(A))),
        ('a -"b c"', And((A, Not(Term("b c"))))),
        ('a"b"', And((A, B))),
        ("or and not", And((Term("or"), Term("and"), Term("not")))),
        ("ORANGE NOTE", And((Term("ORANGE"), Term("NOTE")))),
        ('"OR"', Term("OR")),
        ("bar-b-q", Term("bar-b-q")),
        ("salt & pepper", And((Term("salt"), Term("pepper")))),
        ("apple, banana!", And((Term("apple"), Term("banana")))),
        ('"Yahoo!"', Term("Yahoo!")),
        ("'late'", Term("late")),
        ('(a), "b", c', And((A, B, C))),
        ('a "b"... c', And((A, B, C))),
        ('"late \u200b delivery"~5', Near(("late", "delivery"), 5)),
        ("a\udcff", Term("a\ufffd")),
        ("“late delivery”~5", Near(("late", "delivery"), 5)),
        ('"a \\" b"', Term('a " b')),
        ('"  a \n b "', Term("a b")),
        ("#ของดี #Apple,", And((Hashtag("ของดี"), Hashtag("Apple")))),
        ("＃ของดี", Hashtag("ของดี")),
        ("$AAPL $BRK.A $5", And((Cashtag("AAPL"), Cashtag("BRK.A"), Term("$5")))),
        ("@barbq @a.bsky.social", And((Handle("barbq"), Handle("a.bsky.social")))),
        ("a@b.com", Term("a@b.com")),
        ("https://a.com/b", Term("https://a.com/b")),
        ("10:30", Term("10:30")),
        ("ราคา:100", Term("ราคา:100")),
        ("price: 5", And((Term("price"), Term("5")))),
        ("LANG:TH", Field("lang", "th")),
        ('label:"new product"', Field("label", "new product")),
        ("author:@alice", Field("author", "alice")),
        ("followers", Term("followers")),
        ("followers >= 10k", Followers(">=", 10_000)),
        ("followers<1,000", Followers("<", 1000)),
        ("-giveaway apple", And((Not(Term("giveaway")), Term("apple")))),
        ("-(-a)", Not(Not(A))),
        ("lang:th -a", And((Field("lang", "th"), Not(A)))),
    ],
)
def test_tree(query: str, node: Node) -> None:
    assert parse(query) == node


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "The query is empty.\n  \n  ^"),
        ("a OR", "Something is missing at the end.\n  a OR\n      ^"),
        ("a OR OR b", "Something is missing before OR.\n  a OR OR b\n       ^"),
        ("AND a", "Something is missing before AND.\n  AND a\n  ^"),
        ("(a OR b", "This parenthesis is not closed.\n  (a OR b\n  ^"),
        ("(a) (b", "This parenthesis is not closed.\n  (a) (b\n      ^"),
        ('"(" (b', 'This parenthesis is not closed.\n  "(" (b\n      ^'),
        ("a)", "No parenthesis is open here.\n  a)\n   ^"),
        ("a ()", "Something is missing before this parenthesis.\n  a ()\n     ^"),
        ('ดี "abc', 'This quotation mark is not closed.\n  ดี "abc\n    ^'),
        ("a - b", "This minus stands alone.\n  a - b\n    ^"),
        ("a -", "This minus stands alone.\n  a -\n    ^"),
        ("a || b", "|| means nothing here.\n  a || b\n    ^"),
        ('"a b" ~5', '~5 stands alone.\n  "a b" ~5\n        ^'),
        ("iphone*", "A star does not stand for the rest of a word.\n  iphone*\n  ^"),
        ("ที่นี่ดี lang:thai", "There is no lang:thai.\n  ที่นี่ดี lang:thai\n      ^"),
        ("kind:tweet", "There is no kind:tweet.\n  kind:tweet\n  ^"),
        ("寿司 foo:bar", "There is no field foo:\n  寿司 foo:bar\n       ^"),
        ("lang: th", "There is nothing after lang:\n  lang: th\n  ^"),
        ("has:video", "There is no has:video.\n  has:video\n  ^"),
        ("followers>many", "followers>many is not a number of followers.\n  followers>many\n  ^"),
        ("followers=>5", "followers=>5 is not a number of followers.\n  followers=>5\n  ^"),
        ("followers:5", "There is no field followers:\n  followers:5\n  ^"),
        ('a "b"~3', "Nearness needs at least two words between the quotation marks.\n"
                    '  a "b"~3\n    ^'),
        ('"a b"~101', '~101 is further than 100 words.\n  "a b"~101\n  ^'),
        ('a ""', 'There is nothing to look for here.\n  a ""\n    ^'),
        ('a label:"\u200b"', 'There is nothing to look for here.\n  a label:" "\n    ^'),
        ("-a", "This query only says what to leave out, so nearly every post would match.\n"
               "  -a\n  ^"),
        ("a OR -b", "This query only says what to leave out, so nearly every post would match.\n"
                    "  a OR -b\n  ^"),
        ("-(a b)", "This query only says what to leave out, so nearly every post would match.\n"
                   "  -(a b)\n  ^"),
        ("a\nb OR OR c\nd", "Something is missing before OR.\n  b OR OR c\n       ^"),
    ],
)  # fmt: skip
def test_error(query: str, shown: str) -> None:
    raised = error(query)
    assert raised.message == shown
    assert raised.remedy
    assert raised.exit_code == 6


def test_error_suggests() -> None:
    assert "Did you mean lang:th?" in error("lang:thai").remedy
    assert "Did you mean platform:?" in error("platfrom:x").remedy
    assert '"Re:Zero"' in error("Re:Zero").remedy
    assert "followers>=1000" in error("followers:5").remedy


def test_error_on_a_long_line_shows_the_neighbourhood() -> None:
    raised = error("word " * 200 + "OR OR " + "word " * 200)
    line, caret = raised.message.split("\n")[1:]
    assert line.startswith("  …") and line.endswith("…") and len(line) < 130
    assert line[caret.index("^") :].startswith("OR word")


def test_error_shows_no_control_characters() -> None:
    raised = error("\x1b[31mred lang:\x1b]8;;x")
    assert "\x1b" not in str(raised)


@pytest.mark.parametrize(
    "query",
    [
        "(" * 3000 + "a" + ")" * 3000,
        "-" * 3000 + "a b",
        "(a OR (b " * 60 + "c" + "))" * 60,
        "a " * 4000,
        "a" * 10_001,
        '"' * 9_999,
        "NOT " * 2_000 + "a",
        "followers>" + "9" * 5_000,
        "#" * 5_000,
        "lang:" * 1_000,
    ],
)
def test_hostile_queries_are_refused(query: str) -> None:
    if query.startswith("((("):  # parentheses alone build no tree
        assert parse(query) == Term("a")
    else:
        assert len(str(error(query))) < 1_000


@settings(max_examples=500)
@given(nodes)
@example(Or((And((Or((A, B)), C, Not(And((A, B))))), Not(Not(Or((A, B)))))))
@example(And((Term("OR"), Term('a"\\"b'), Term("-x"), Term("ไม่"), Term("#x"), Term("x:y"))))
def test_printing_and_parsing_are_inverse(node: Node) -> None:
    assert parse(to_text(node)) == node


@settings(max_examples=500)
@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(SIGNS) | st.just(" "),
        max_size=12,
    ).map("".join)
)
def test_any_text_parses_or_is_refused_with_a_caret(query: str) -> None:
    try:
        node = parse(query)
    except QuerySyntaxError as raised:
        line = raised.message.split("\n")
        assert len(line) == 3 and line[2].endswith("^") and raised.remedy
    else:
        assert parse(to_text(node)) == node


def test_thai_words_are_printed_without_quotation_marks() -> None:
    assert str(parse('"ไม่" "ดี" "ไม่ ดี" "iPhone"')) == 'ไม่ ดี "ไม่ ดี" iPhone'
