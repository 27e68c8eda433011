"""From the words and signs of a query to the nodes of its tree."""

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn, cast, get_args

from listener.model import MentionKind
from listener.printable import printable
from listener.query.mistake import MistakeError
from listener.query.normalise import fold
from listener.query.tree import (
    Cashtag,
    Comparison,
    Field,
    FieldName,
    Followers,
    Handle,
    Hashtag,
    HasLink,
    Near,
    Node,
    Not,
    Term,
    all_of,
    any_of,
)

if TYPE_CHECKING:
    from lark import Token

WIDEST_NEARNESS = 100
LANGUAGES = ("th", "en", "mixed", "other", "und")

# What prose puts around a word, and nobody means to look for.
_TRAILING = ",.;:?!…'’"
_LEADING = "'‘’"
_QUOTES = '"“”＂'
_FIELDS: tuple[str, ...] = get_args(FieldName)
_KINDS = tuple(kind.value for kind in MentionKind)
_COMPARISONS: tuple[str, ...] = get_args(Comparison)
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}


class Builder:
    """Makes a node of each rule of the grammar as soon as it is read, bottom up."""

    def either(self, parts: list[Node]) -> Node:
        return any_of(parts)

    def both(self, parts: list[Node]) -> Node:
        return all_of(parts)

    def exclude(self, parts: list[Node]) -> Node:
        return Not(parts[0])

    def quoted(self, tokens: "list[Token]") -> Node:
        return Term(_words_of(tokens[0], _unquoted(tokens[0])))

    def near(self, tokens: "list[Token]") -> Node:
        quoted, _, distance = tokens[0].rpartition("~")
        words = [word for word in _unquoted(quoted).split() if fold(word)]
        if len(words) < 2:
            _refuse(
                tokens[0],
                "Nearness needs at least two words between the quotation marks.",
                'Write a space between them, also in Thai: "ส่ง ช้า"~5.',
            )
        if len(distance) > 3 or int(distance) > WIDEST_NEARNESS:
            _refuse(
                tokens[0],
                f"~{distance[:9]} is further than {WIDEST_NEARNESS} words.",
                "Use a smaller number, or the words without quotation marks.",
            )
        return Near(tuple(words), int(distance))

    def word(self, tokens: "list[Token]") -> Node:
        token = tokens[0]
        _refuse_unfinished(token)
        return Term(_words_of(token, _trimmed(token)))

    def hashtag(self, tokens: "list[Token]") -> Node:
        return Hashtag(_words_of(tokens[0], tokens[0][1:].rstrip(_TRAILING)))

    def cashtag(self, tokens: "list[Token]") -> Node:
        return Cashtag(tokens[0][1:].rstrip(_TRAILING + "-_"))

    def handle(self, tokens: "list[Token]") -> Node:
        return Handle(_words_of(tokens[0], tokens[0][1:].rstrip(_TRAILING)))

    def followers(self, tokens: "list[Token]") -> Node:
        found = _FOLLOWERS.fullmatch(tokens[0])
        if not found or found[1] not in _COMPARISONS:
            _refuse(
                tokens[0],
                f"{printable(tokens[0], width=40)} is not a number of followers.",
                "Write for example followers>=1000, with one of < <= = >= > and a whole number.",
            )
        count = int(found[2].replace(",", "").replace("_", "")) * _SCALES[found[3].lower()]
        return Followers(cast(Comparison, found[1]), count)

    def field(self, tokens: "list[Token]") -> Node:
        token = tokens[0]
        name, _, value = token.partition(":")
        name = name.lower()
        value = _unquoted(value) if value[0] in _QUOTES else value.rstrip(_TRAILING)
        if name == "has":
            return _has(token, value)
        if name not in _FIELDS:
            _refuse_field(token, name)
        if name in ("lang", "kind"):
            value = value.lower()
            _check_choice(token, name, value, LANGUAGES if name == "lang" else _KINDS)
        elif name == "author":
            value = value.removeprefix("@")
        return Field(cast(FieldName, name), _words_of(token, value))


_FOLLOWERS = re.compile(r"followers\s*([<>=]+)\s*([0-9][0-9,_]{0,14})([km]?)", re.IGNORECASE)
_EXAMPLES = {
    "lang": "th",
    "platform": "x",
    "author": "name",
    "label": "name",
    "kind": "reply",
    "has": "link",
}


def _refuse_unfinished(token: "Token") -> None:
    """Words that are meant as more than a word, and cannot be taken as that."""
    name = token[:-1].lower()
    if token.endswith(":") and name in _EXAMPLES:
        remedy = f"Write the value without a space: {name}:{_EXAMPLES[name]}."
        _refuse(token, f"There is nothing after {token}", remedy)
    if not token.strip("|"):
        _refuse(token, f"{token} means nothing here.", "Write OR for: the one or the other.")
    if token[0] == "~" and not token.strip("~0123456789"):
        remedy = 'Write it directly after quotation marks: "late delivery"~5.'
        _refuse(token, f"{token} stands alone.", remedy)
    if token.endswith("*"):
        _refuse(
            token,
            "A star does not stand for the rest of a word.",
            f'Write its forms with OR, or "{printable(token)}" for the star itself. '
            "Thai words are found inside longer ones as it is.",
        )


def _trimmed(word: str) -> str:
    """A bare word without the punctuation that prose puts around words, if anything is left."""
    return word.lstrip(_LEADING).rstrip(_TRAILING) or word


def _unquoted(text: str) -> str:
    return re.sub(r"\\([\"\\])", r"\1", text[1:-1])


def _words_of(token: "Token", text: str) -> str:
    """Text with single spaces; refused when nothing of it can be looked for."""
    if not fold(text):
        _refuse(token, "There is nothing to look for here.", "Write a word, or leave this out.")
    return " ".join(text.split())


def _has(token: "Token", value: str) -> Node:
    if value.lower() not in ("link", "links"):
        _refuse(token, f"There is no {printable(token, width=40)}.", "Write has:link.")
    return HasLink()


def _refuse_field(token: "Token", name: str) -> NoReturn:
    if name == "followers":
        remedy = "Write followers>=1000, with one of < <= = >= >."
    else:
        near = get_close_matches(name, (*_FIELDS, "has", "followers"), n=1)
        meant = f"Did you mean {near[0]}:? " if near else ""
        remedy = (
            f'{meant}To look for the text itself, put it in quotation marks: "{printable(token)}".'
        )
    _refuse(token, f"There is no field {printable(name, width=40)}:", remedy)


def _check_choice(token: "Token", name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        near = get_close_matches(value, choices, n=1)
        meant = f"Did you mean {name}:{near[0]}? " if near else ""
        _refuse(
            token,
            f"There is no {name}:{printable(value, width=40)}.",
            f"{meant}There are {', '.join(choices)}.",
        )


def _refuse(token: "Token", message: str, remedy: str) -> NoReturn:
    raise MistakeError(message, token.start_pos or 0, remedy)
