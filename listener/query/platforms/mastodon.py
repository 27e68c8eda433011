"""Mastodon's search of posts, and the hashtags that its timelines and streams go by.

The search takes words, "exact phrases" and `#tags`, all of which must be there; it knows no
OR, and goes by English stems, so that an exclusion would leave out more than it says. It
finds only posts of accounts that agreed to be found, where the server has it at all.
https://docs.joinmastodon.org/methods/search/, app/lib/search_query_transformer.rb
"""

from collections.abc import Iterator

import regex

from listener.query.normalise import normalise
from listener.query.platforms.alternatives import Alternatives
from listener.query.platforms.compiled import Compiled
from listener.query.platforms.wanted import NOTHING, Asked
from listener.query.platforms.widening import NOTHING_ACCEPTED, Answer, Widening
from listener.query.platforms.word_search import WordSearch
from listener.query.tree import And, Hashtag, Node, Not, Or

LONGEST = 400
_HASHTAG = regex.compile(r"(?=.*[\p{L}\p{M}_])[\p{L}\p{M}\p{N}_]{1,100}")


def compile(node: Node) -> Compiled:  # noqa: A001
    """The searches, one for each alternative."""
    return Widening(node, _Mastodon("mastodon", "Mastodon")).asked_as(Alternatives(LONGEST))


def tags(node: Node) -> Compiled:
    """The hashtags that the query names, without their sign, for timelines and streams.

    They bring the posts that carry one of them, and no others that the query accepts.
    """
    widening = Widening(node, _Mastodon("mastodon", "Mastodon"))
    if widening.wanted is NOTHING:
        return Compiled((), unasked=NOTHING_ACCEPTED.format("Mastodon"))
    named = tuple(dict.fromkeys(_named(node)))
    if not named:
        return Compiled((), unasked="The query names no hashtag, and timelines go by hashtags.")
    rest = () if _tagged(node) else ("posts without one of these hashtags",)
    told = "all posts with one of these hashtags are asked for"
    return Compiled(named, () if isinstance(node, Hashtag) else (told,), rest)


def _named(node: Node, *, asked: bool = True) -> Iterator[str]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _named(part, asked=asked)
        case Not(part):
            yield from _named(part, asked=not asked)
        case Hashtag(name) if asked and _HASHTAG.fullmatch(normalise(name)):
            yield normalise(name)


def _tagged(node: Node) -> bool:
    """Whether all that is accepted has a hashtag that the query names."""
    match node:
        case And(parts):
            return any(map(_tagged, parts))
        case Or(parts):
            return all(map(_tagged, parts))
        case _:
            return isinstance(node, Hashtag) and next(_named(node), None) is not None


class _Mastodon(WordSearch):
    def hashtag(self, name: str) -> Answer:
        found = _HASHTAG.fullmatch(normalise(name))
        return Answer(Asked(f"#{found[0]}")) if found else self.instead(name)
