"""The query language evaluated as its documentation says, slowly, to compare with."""

from itertools import product

import regex

from listener.query.document import Document
from listener.query.nearness import word_starts
from listener.query.normalise import fold, fold_word, normalise
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

_SPACED = r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Nd}]"
_MARK = r"[\p{M}\u0e33\u0eb3]"
_LINK = r"https?://\S|(?<![a-z0-9@.])(www\.[a-z0-9]|([a-z0-9-]+\.)+[a-z][a-z]+/\S)"
_TAG = r"[\p{L}\p{N}\p{M}_]"


def accepts(node: Node, document: Document) -> bool:
    """Whether the document is what the query asks for."""
    match node:
        case And(parts):
            return all(accepts(part, document) for part in parts)
        case Or(parts):
            return any(accepts(part, document) for part in parts)
        case Not(part):
            return not accepts(part, document)
        case Field() | Followers():
            return _knows(node, document)
        case HasLink():
            return bool(regex.search(_LINK, fold(document.text)))
        case Near(words, distance):
            forms = fold(document.text).split("\n")
            return any(_near(words, distance, form) for form in forms)
        case _:
            return bool(regex.search(_pattern(node), fold(document.text)))


def _pattern(node: Term | Hashtag | Cashtag | Handle) -> str:
    match node:
        case Term(text):
            return _word(text)
        case Hashtag(name):
            return rf"(?<!{_SPACED}|[#/&])\#{regex.escape(fold_word(name))}(?!{_TAG})"
        case Cashtag(name):
            return rf"(?<!{_SPACED}|[#/&$])\${regex.escape(fold_word(name))}(?!{_SPACED}|{_MARK}|_)"
        case Handle(name):
            return rf"(?<!{_SPACED})@{regex.escape(fold_word(name))}(?!{_SPACED}|{_MARK}|_)"


def _word(text: str) -> str:
    folded = fold_word(text)
    before = rf"(?<!{_SPACED})" if regex.match(_SPACED, folded[0]) else ""
    after = rf"(?!{_SPACED})" if regex.match(_SPACED, folded[-1]) else ""
    return rf"{before}{regex.escape(folded)}{after}(?!{_MARK})"


def _near(words: tuple[str, ...], distance: int, text: str) -> bool:
    places = [
        [found.span() for found in regex.finditer(_word(word), text, overlapped=True)]
        for word in words
    ]
    whole = [place for found in places for place in found]
    starts = {start for start, _ in whole} | {
        start for start in word_starts(text) if not any(a <= start < b for a, b in whole)
    }
    return any(
        sum(min(chosen)[0] <= start <= max(chosen)[0] for start in starts) - len(words) <= distance
        for chosen in product(*places)
    )


def _knows(node: Field | Followers, document: Document) -> bool:
    if isinstance(node, Followers):
        count, wanted = document.followers, node.count
        if count is None:
            return False
        return {
            "<": count < wanted,
            "<=": count <= wanted,
            "=": count == wanted,
            ">=": count >= wanted,
            ">": count > wanted,
        }[node.comparison]
    value = normalise(node.value)
    match node.name:
        case "lang":
            language = (document.language or "").split("-")[0]
            return language == value or (language == "mixed" and value in ("th", "en"))
        case "platform":
            return normalise(document.platform) == value
        case "kind":
            return document.kind == value
        case _:
            return value in [normalise(label) for label in document.labels]
