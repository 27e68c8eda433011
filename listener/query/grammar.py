"""From a query as typed to its tree, or to an error with a caret under the place."""

from functools import cache
from typing import TYPE_CHECKING

from listener.errors import QuerySyntaxError
from listener.model import clean_text
from listener.query.builder import Builder
from listener.query.caret import excerpt
from listener.query.mistake import MistakeError
from listener.query.tree import Node, asks_for_something, walk

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

LONGEST_QUERY = 10_000
MOST_NODES = 2_000
DEEPEST = 40

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
    ALONE.8: /(?<![^\s()"“”＂])(?:(?![-|~()"“”＂])[\p{P}\p{Sm}\p{Sk}\p{Cf}])+(?=[\s()"“”＂]|$)/
    %ignore SPACE
    %ignore ALONE
"""


def parse(query: str) -> Node:
    """The tree of a query. Raises QuerySyntaxError with a caret under the place."""
    query = clean_text(query)
    try:
        return _parse(query)
    except MistakeError as mistake:
        line, column = excerpt(query, mistake.at)
        raise QuerySyntaxError(
            mistake.message, query=line, column=column, remedy=mistake.remedy
        ) from None


def _parse(query: str) -> Node:
    from lark.exceptions import UnexpectedInput

    if len(query) > LONGEST_QUERY:
        raise MistakeError(
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
        raise MistakeError(
            "This query only says what to leave out, so nearly every post would match.",
            0,
            "Add at least one word, tag or field that a post must have, on every side of OR.",
        )
    return node


def _check_size(node: Node) -> None:
    for count, (_, depth) in enumerate(walk(node), start=1):
        if depth > DEEPEST:
            raise MistakeError(
                f"This query nests more than {DEEPEST} deep.", 0, "Write it with fewer parentheses."
            )
        if count > MOST_NODES:
            raise MistakeError(
                f"This query has more than {MOST_NODES:,} conditions.",
                0,
                "Split it into several brands.",
            )


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=Builder(), regex=True)


def _explained(query: str, error: "UnexpectedInput") -> MistakeError:
    """What the parser stumbled over, in words."""
    from lark.exceptions import UnexpectedToken

    at = error.pos_in_stream or 0
    if not isinstance(error, UnexpectedToken):
        if query[at] == "-":
            return MistakeError(
                "This minus stands alone.",
                at,
                "Write it against what it excludes, as in -giveaway, or leave it out.",
            )
        return MistakeError(
            "This quotation mark is not closed.",
            at,
            'Close it, or leave it out. Inside quotation marks, write \\" for the mark itself.',
        )
    wants_more = "WORD" in error.accepts
    match error.token.type:
        case "$END" if not wants_more:
            at = _open_parenthesis(query)
            return MistakeError("This parenthesis is not closed.", at, "Close it with ).")
        case "$END":
            at = len(query.rstrip())
            message = "Something is missing at the end." if at else "The query is empty."
            return MistakeError(message, at, 'Write what to look for, such as "Bar B Q" OR บาร์บีคิว.')
        case "_CLOSE" if not wants_more:
            return MistakeError(
                "No parenthesis is open here.", at, "Leave it out, or open one before."
            )
        case "_CLOSE":
            return MistakeError(
                "Something is missing before this parenthesis.", at, "Write what to look for."
            )
        case _:
            word = error.token.value
            return MistakeError(
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
