"""Queries widened to words that a text must contain, for what cannot evaluate all of them."""

from collections.abc import Iterable

from listener.query.literal import literal, word
from listener.query.tree import And, Cashtag, Handle, Hashtag, Near, Node, Or, Term


def required(node: Node) -> frozenset[str] | None:
    """Folded words of which every accepted text contains at least one; None if there are none.

    Of the conditions that must all hold, the one whose shortest word is longest is taken.
    """
    match node:
        case Term() | Hashtag() | Cashtag() | Handle():
            return frozenset({literal(node).text})
        case Near(words, _):
            return _best(frozenset({word(text).text}) for text in words)
        case And(parts):
            return _best(required(part) for part in parts)
        case Or(parts):
            found = [required(part) for part in parts]
            return None if None in found else frozenset().union(*(some for some in found if some))
        case _:
            return None


def _best(choices: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    return max(
        (choice for choice in choices if choice),
        key=lambda words: (min(map(len, words)), -len(words)),
        default=None,
    )
