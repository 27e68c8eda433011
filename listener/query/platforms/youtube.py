"""YouTube's `search.list`, which finds videos; comments are then read under what it finds.

Its `q` takes words that must all be there, `|` between words for OR, which binds closer, and
`-`. Phrases and parentheses are not documented, so a phrase is asked as its words, and an
alternative of several words is a query of its own. Exclusions are not asked: they would
hide a video, and with it all comments, for more than its words.
https://developers.google.com/youtube/v3/docs/search/list
"""

from collections.abc import Iterator

from listener.query.platforms.alternatives import Alternatives
from listener.query.platforms.compiled import Compiled
from listener.query.platforms.wanted import AllOf, AnyOf, Asked, Wanted, all_of, any_of
from listener.query.platforms.widening import Widening
from listener.query.platforms.word_search import WordSearch
from listener.query.platforms.words import Phrase
from listener.query.tree import Node

# Of a query, and of words joined by |. YouTube states no limit; a day has a hundred searches.
LONGEST = 400
_GROUP = 200


def compile(node: Node) -> Compiled:  # noqa: A001
    """The values of `q`."""
    return Widening(node, _YouTube("youtube", "YouTube")).asked_as(_Joined(LONGEST))


class _YouTube(WordSearch):
    keeps_phrases = False

    def phrase(self, phrase: Phrase) -> Wanted:
        return all_of(Asked(word) for word in phrase)


class _Joined(Alternatives):
    def queries(self, wanted: Wanted) -> tuple[str, ...]:
        return super().queries(_joined(wanted))


def _joined(wanted: Wanted) -> Wanted:
    """With alternatives that are single words made one condition, as far as there is room."""
    match wanted:
        case AllOf(parts):
            return all_of(map(_joined, parts))
        case AnyOf(parts):
            single = [part.text for part in parts if isinstance(part, Asked)]
            others = [_joined(part) for part in parts if not isinstance(part, Asked)]
            return any_of([*map(Asked, _lines(single)), *others])
        case _:
            return wanted


def _lines(words: list[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > _GROUP:
            yield line
            line = ""
        line = f"{line}|{word}" if line else word
    if line:
        yield line
