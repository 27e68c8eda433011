"""The rules of X's filtered stream, and the queries of its recent search and counts.

Terms side by side must all be there; OR, parentheses, "exact phrases", `#tag`, `$ticker`,
`@name`, `from:`, `lang:`, `has:links`, `is:retweet`, and `-` before any one of them but not
before a group. An exclusion, `lang:`, `has:` and `is:` cannot stand alone. Words are matched
whole and without regard to case, punctuation only parts them; the stream tells accents
apart, the search does not. https://docs.x.com/x-api/posts/filtered-stream/integrate/build-a-rule
and https://docs.x.com/x-api/posts/search/integrate/build-a-query
"""

import regex

from listener.query.normalise import normalise
from listener.query.platforms.compiled import Compiled
from listener.query.platforms.fitting import Fitting
from listener.query.platforms.wanted import EVERY, Asked, Wanted, any_of
from listener.query.platforms.widening import Answer, Widening
from listener.query.platforms.word_search import EXCLUSION, NOT_ASKED, WordSearch, quoted
from listener.query.platforms.words import Phrase, as_written, cut
from listener.query.tree import Cashtag, Field, Handle, Hashtag, Leaf, Node, Term

RULE = 1_024
SEARCH = 512  # of recent search and of counts, for who pays per use

# X takes these for part of no query by themselves.
_TOO_COMMON = frozenset(
    (
        *("a", "an", "and", "at", "but", "by", "com", "from", "http", "https", "if", "in", "is"),
        *("it", "its", "me", "my", "or", "rt", "the", "this", "to", "too", "via", "we", "www"),
        "you",
    )
)
_HASHTAG = regex.compile(r"(?=.*[\p{L}\p{M}_])[\p{L}\p{M}\p{N}_]{1,100}")
_CASHTAG = regex.compile(r"[a-z]{1,6}(?:[._][a-z]{1,2})?")
_NAME = regex.compile(r"[a-z0-9_]{1,15}")
_PLAIN = regex.compile(r"[a-z0-9]{1,100}")
_LOOKS_AROUND = "posts that have what is excluded in a link or a quoted post: X looks there too"


def compile(node: Node, *, longest: int = RULE) -> Compiled:  # noqa: A001
    """The rules, or with `longest=SEARCH` the queries of recent search and counts."""
    return Widening(node, _X("x", "X")).asked_as(Fitting(longest))


class _X(WordSearch):
    def exclude(self, leaf: Leaf) -> Answer:
        match leaf:
            case Term() | Hashtag() | Cashtag() | Handle():
                text = _excluded(leaf)
                if text is not None:
                    return Answer(Asked(f"-{text}", False, True), None, _LOOKS_AROUND)
                return Answer(EVERY, EXCLUSION)
            case Field("kind", "repost"):
                return Answer(Asked("-is:retweet", False, True))
            case _:
                return super().exclude(leaf)

    def words(self, text: str) -> Answer:
        answer = super().words(text)
        written = as_written(text)
        if not written or not isinstance(answer.wanted, Asked):
            return answer
        other = self.phrase(cut(written)) if cut(written) else EVERY
        if other is EVERY:
            return answer
        return Answer(any_of((answer.wanted, other)), answer.weaker, answer.missed)

    def phrase(self, phrase: Phrase) -> Wanted:
        if all(word in _TOO_COMMON for word in phrase):
            return EVERY
        return Asked(quoted(phrase))

    def emoji(self, char: str) -> Wanted:
        if char >= "\U0001f000":
            return Asked(f'"{char}"')
        return any_of((Asked(f'"{char}"'), Asked(f'"{char}\ufe0f"')))

    def hashtag(self, name: str) -> Answer:
        spellings = dict.fromkeys((normalise(name), name.lower()))
        tags = [Asked(f"#{tag}") for tag in spellings if _HASHTAG.fullmatch(tag)]
        return Answer(any_of(tags)) if tags else self.instead(name)

    def cashtag(self, name: str) -> Answer:
        found = _CASHTAG.fullmatch(normalise(name))
        return Answer(Asked(f"${found[0]}")) if found else self.instead(name)

    def handle(self, name: str) -> Answer:
        found = _NAME.fullmatch(normalise(name))
        return Answer(Asked(f"@{found[0]}")) if found else self.instead(name)

    def field(self, leaf: Field) -> Answer:
        value = leaf.value.lower()
        if leaf.name == "lang" and value in ("th", "en"):
            return Answer(
                Asked(f"lang:{value}", False),
                None,
                "posts that X takes for another language, as it may with short and mixed ones",
            )
        if leaf.name == "author" and _NAME.fullmatch(value):
            return Answer(Asked(f"from:{value}"))
        if leaf.name == "kind" and value != "repost":
            return Answer(Asked("-is:retweet", False, True), "asked as: no reposts")
        return Answer(EVERY, NOT_ASKED)

    def link(self) -> Answer:
        return Answer(
            Asked("has:links", False), None, "posts with an address that X does not make a link"
        )


def _excluded(leaf: Term | Hashtag | Cashtag | Handle) -> str | None:
    """What excludes no more than the condition accepts: X's own entities, plain words."""
    match leaf:
        case Term(text):
            word = normalise(text)
            return quoted((word,)) if _PLAIN.fullmatch(word) and word not in _TOO_COMMON else None
        case Hashtag(name):
            sign, form = "#", _HASHTAG
        case Cashtag(name):
            sign, form = "$", _CASHTAG
        case Handle(name):
            sign, form = "@", _NAME
    name = normalise(name)
    return sign + name if form.fullmatch(name) else None
