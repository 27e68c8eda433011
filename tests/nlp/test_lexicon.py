"""The form of the word lists, and how their words are found."""

from typing import Any

import pytest

from listener.errors import InputError
from nlp.lexicon import Lexicon


def lexicon(*words: str, unless: tuple[str, ...] = ()) -> Lexicon:
    return Lexicon({"it": {"words": list(words), "unless": list(unless)}}, name="words.toml")


@pytest.mark.parametrize(
    ("word", "text", "is_there"),
    [
        ("recall", "A RECALL was issued", True),
        ("recall", "recalls and recalling", False),
        ("recall", "total-recall", False),
        ("recall*", "recalling", True),
        ("recall*", "precall", False),
        ("class action", "a class action suit", True),
        ("class action", "class of action", False),
        ("data ... stolen", "data of many customers stolen", True),
        ("data ... stolen", "data stolen", True),
        ("data ... stolen", "data of many of our customers stolen", False),
        ("can't log in", "I can’t log in", True),
        ("ล่ม", "แอปล่มอีกแล้ว", True),
        ("ล่ม", "app is down", False),
        ("privacy", "#privacy", True),
    ],
)
def test_finding(word: str, text: str, is_there: bool) -> None:
    assert lexicon(word).categories(text) == (("it",) if is_there else ())


def test_unless_excuses_what_it_covers_and_nothing_else() -> None:
    words = lexicon("hack", "hack*", "ล่ม", unless=("life hack*", "ถล่ม"))
    assert words.categories("the best life hacks") == ()
    assert words.categories("a life hack after the hack") == ("it",)
    assert words.categories("ดินถล่ม") == ()
    assert words.categories("ดินถล่ม เน็ตล่ม") == ("it",)


def test_categories_come_in_the_order_of_the_file() -> None:
    both = Lexicon({"b": {"words": ["two"]}, "a": {"words": ["one"]}}, name="words.toml")
    assert both.names == ("b", "a")
    assert both.categories("one two") == ("b", "a")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"safety": ["recall"]}, r"words.toml: \[safety\] must hold `words`"),
        ({"safety": {"word": []}}, r"words.toml: \[safety\] must hold `words`"),
        ({"safety": {"words": "recall"}}, r"words.toml: `words` of \[safety\] must be a list"),
        ({"safety": {"words": [], "unless": [1]}}, r"words.toml: `unless` of \[safety\] must be"),
    ],
)
def test_another_form_is_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Lexicon(table, name="words.toml")


def test_an_empty_lexicon_finds_nothing() -> None:
    assert Lexicon({}, name="words.toml").categories("recall เรียกคืน") == ()
