"""From a query as typed to its tree, or to an error with a caret under the place."""

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, NoReturn, get_args

from listener.errors import QuerySyntaxError
from listener.model import MentionKind
from listener.query.caret import excerpt
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
    asks_for_something,
    walk,
)

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

LONGEST_QUERY = 10_000
MOST_NODES = 2_000
DEEPEST = 40
WIDEST_NEARNESS = 100
LANGUAGES = ("th", "en", "mixed", "other", "und")

# The lexer is the basic one, so that OR is an operator wherever it stands. Quotation
# marks may be the curly ones that phones type. A sign standing alone, as in "salt & pepper",
# says nothing and is passed over; a minus alone might be meant to exclude, and is an error.
_GRAMMAR = r"""
    ?start: either
    either: both (_OR both)*
    both: one (_AND? one)*
    ?one: (_MINUS | _NOT) one -> exclude
        | _OPEN either _CLOSE
        | NEAR -> near
        | QUOTED -> quoted
        | FIELD -> field
        | FOLLOWERS -> followers
        | HASHTAG -> hashtag
        | CASHTAG -> cashtag
        | HANDLE -> handle
        | WORD -> word

    _OPEN: "("
    _CLOSE: ")"
    _OR.9: /OR(?![^\s()"“”＂-])/
    _AND.9: /AND(?![^\s()"“”＂-])/
    _NOT.9: /NOT(?![^\s()"“”＂-])/
    _MINUS.8: /-(?=\S)/
    NEAR.7: /(?:"(?:[^"\\]|\\.)*"|[“”＂](?:[^“”＂\\]|\\.)*[“”＂])~[0-9]+/s
    QUOTED.6: /(?:"(?:[^"\\]|\\.)*"|[“”＂](?:[^“”＂\\]|\\.)*[“”＂])/s
    FOLLOWERS.5: /followers\s*[<>=]+\s*[^\s()"“”＂]*/i
    FIELD.5: /[a-z_]+:(?!\/\/)(?:"(?:[^"\\]|\\.)*"|[^\s()"“”＂]+)/is
    HASHTAG.4: /[#＃][^\s()"“”＂#＃$@]+/
    CASHTAG.4: /\$[A-Za-z][A-Za-z0-9._-]*/
    HANDLE.4: /[@＠][^\s()"“”＂#＃$]+/
    WORD.1: /(?!-)[^\s()"“”＂]+/

    SPACE: /\s+/
    ALONE.8: /(?<![^\s(])(?:(?![-()"“”＂])[\p{P}\p{Sm}\p{Sk}\p{Cf}])+(?=[\s)]|$)/
    %ignore SPACE
    %ignore ALONE
"""

_TRAILING = ",.;:?!…'’"
_LEADING = "'‘’"
_QUOTES = '"“”＂'
_FIELDS: tuple[str, ...] = get_args(FieldName)
_KINDS = tuple(kind.value for kind in MentionKind)
_COMPARISONS: tuple[str, ...] = get_args(Comparison)
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}


class _MistakeError(Exception):
    """What is wrong at which character of the query; `parse` draws the caret."""

    def __init__(self, message: str, at: int, remedy: str) -> None:
        super().__init__(message)
        self.message, self.at, self.remedy = message, at, remedy


def parse(query: str) -> Node:
    """The tree of a query. Raises QuerySyntaxError with a caret under the place."""
    try:
        return _parse(query)
    except _MistakeError as mistake:
        line, column = excerpt(query, mistake.at)
        raise QuerySyntaxError(
            mistake.message, query=line, column=column, remedy=mistake.remedy
        ) from None


def _parse(query: str) -> Node:
    from lark.exceptions import UnexpectedInput

    if len(query) > LONGEST_QUERY:
        raise _MistakeError(
            f"This query has {len(query):,} characters; at most {LONGEST_QUERY:,} are read.",
            LONGEST_QUERY,
            "Split it into several brands, or drop what other words already find.",
        )
    try:
        node: Node = _parser().parse(query)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise _explained(query, error) from None
    _check_size(node)
    if not asks_for_something(node):
        raise _MistakeError(
            "This query only says what to leave out, so nearly every post would match.",
            0,
            "Add at least one word, tag or field that a post must have, on every side of OR.",
        )
    return node


def _check_size(node: Node) -> None:
    for count, (_, depth) in enumerate(walk(node), start=1):
        if depth > DEEPEST:
            raise _MistakeError(
                f"This query nests more than {DEEPEST} deep.", 0, "Write it with fewer parentheses."
            )
        if count > MOST_NODES:
            raise _MistakeError(
                f"This query has more than {MOST_NODES:,} conditions.",
                0,
                "Split it into several brands.",
            )


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_Builder(), regex=True)


class _Builder:
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
        words = _words_of(tokens[0], _unquoted(quoted)).split()
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
        if token.endswith(":") and token[:-1].lower() in (*_FIELDS, "has"):
            _refuse(
                token,
                f"There is nothing after {token}",
                f"Write the value without a space: {token[:-1].lower()}:"
                f"{_EXAMPLES[token[:-1].lower()]}.",
            )
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
                f"{tokens[0]} is not a number of followers.",
                "Write for example followers>=1000, with one of < <= = >= > and a whole number.",
            )
        count = int(found[2].replace(",", "").replace("_", "")) * _SCALES[found[3].lower()]
        return Followers(found[1], count)

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
        return Field(name, _words_of(token, value))


_FOLLOWERS = re.compile(r"followers\s*([<>=]+)\s*([0-9][0-9,_]{0,14})([km]?)", re.IGNORECASE)
_EXAMPLES = {
    "lang": "th",
    "platform": "x",
    "author": "name",
    "label": "name",
    "kind": "reply",
    "has": "link",
}


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
        _refuse(token, f"A mention is not asked for {token}.", "There is has:link.")
    return HasLink()


def _refuse_field(token: "Token", name: str) -> NoReturn:
    if name == "followers":
        remedy = "Write followers>=1000, with one of < <= = >= >."
    else:
        near = get_close_matches(name, (*_FIELDS, "has", "followers"), n=1)
        meant = f"Did you mean {near[0]}:? " if near else ""
        remedy = f'{meant}To look for the text itself, put it in quotation marks: "{token}".'
    _refuse(token, f"There is no field {name}:", remedy)


def _check_choice(token: "Token", name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        near = get_close_matches(value, choices, n=1)
        meant = f"Did you mean {name}:{near[0]}? " if near else ""
        _refuse(token, f"There is no {name}:{value}.", f"{meant}There are {', '.join(choices)}.")


def _refuse(token: "Token", message: str, remedy: str) -> NoReturn:
    raise _MistakeError(message, token.start_pos or 0, remedy)


def _explained(query: str, error: "UnexpectedInput") -> _MistakeError:
    """What the parser stumbled over, in words."""
    from lark.exceptions import UnexpectedToken

    at = error.pos_in_stream or 0
    if not isinstance(error, UnexpectedToken):
        if query[at] == "-":
            return _MistakeError(
                "This minus stands alone.",
                at,
                "Write it against what it excludes, as in -giveaway, or leave it out.",
            )
        return _MistakeError(
            "This quotation mark is not closed.",
            at,
            'Close it, or leave it out. Inside quotation marks, write \\" for the mark itself.',
        )
    wants_more = "WORD" in error.accepts
    match error.token.type:
        case "$END" if not wants_more:
            at = _open_parenthesis(query)
            return _MistakeError("This parenthesis is not closed.", at, "Close it with ).")
        case "$END":
            at = len(query.rstrip())
            message = "Something is missing at the end." if at else "The query is empty."
            return _MistakeError(
                message, at, 'Write what to look for, such as "Bar B Q" OR บาร์บีคิว.'
            )
        case "_CLOSE" if not wants_more:
            return _MistakeError(
                "No parenthesis is open here.", at, "Leave it out, or open one before."
            )
        case "_CLOSE":
            return _MistakeError(
                "Something is missing before this parenthesis.", at, "Write what to look for."
            )
        case _:
            word = error.token.value
            return _MistakeError(
                f"Something is missing before {word}.",
                at,
                f'To look for the word itself, put it in quotation marks: "{word}".',
            )


def _open_parenthesis(query: str) -> int:
    """Where the innermost parenthesis stands that is never closed."""
    opened: list[int] = []
    for token in _parser().lex(query):
        if token.type == "_OPEN":
            opened.append(token.start_pos or 0)
        elif token.type == "_CLOSE":
            opened.pop()
    return opened[-1]
