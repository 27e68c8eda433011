"""What to show of a text that a query found: where the words are, and the part around them.

Nothing is cut inside a grapheme: a Thai letter keeps its vowel and tone, an emoji family
stays together.
"""

from collections.abc import Iterator, Sequence

import regex

from listener.query.literal import Literal, literal, word
from listener.query.traced import TracedText
from listener.query.tree import And, Cashtag, Handle, Hashtag, Near, Node, Or, Term

Span = tuple[int, int]
# A part of a text, and whether the query asked for it.
Piece = tuple[str, bool]

_GRAPHEME = regex.compile(r"\X")
# Nobody reads further in a list of hits, and tracing a text is slow.
_READ = 20_000
# How far a cut may move to fall between words.
_GIVE = 15


def spans(node: Node, text: str) -> tuple[Span, ...]:
    """Where the query's words are in a text, in order, apart from each other."""
    graphemes = [found.span() for found in _GRAPHEME.finditer(text[:_READ])]
    traced = TracedText(text[:_READ])
    found = sorted(
        traced.origin(*place) for wanted in _wanted(node) for place in wanted.places(traced.text)
    )
    return tuple(_apart(_whole(graphemes, found)))


def snippet(text: str, found: Sequence[Span], *, width: int = 200) -> tuple[Piece, ...]:
    """At most about `width` graphemes of the text around the first place found.

    An ellipsis stands where something is left out.
    """
    graphemes = [found.span() for found in _GRAPHEME.finditer(text[:_READ])]
    first, last = _window(text, graphemes, found, width)
    start = graphemes[first][0] if graphemes else 0
    end = graphemes[last - 1][1] if graphemes else 0
    pieces: list[Piece] = [("…", False)] if start else []
    at = start
    for begin, stop in found:
        if begin >= at and stop <= end:
            pieces += [(text[at:begin], False), (text[begin:stop], True)]
            at = stop
    pieces.append((text[at:end], False))
    if end < len(text):
        pieces.append(("…", False))
    return tuple(piece for piece in pieces if piece[0])


def _wanted(node: Node) -> Iterator[Literal]:
    match node:
        case Term() | Hashtag() | Cashtag() | Handle():
            yield literal(node)
        case Near(words, _):
            yield from map(word, words)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part)


def _whole(graphemes: Sequence[Span], found: Sequence[Span]) -> Iterator[Span]:
    """Spans in order of their start, each grown to whole graphemes."""
    place = 0
    for start, end in found:
        while graphemes[place][1] <= start:
            place += 1
        last = place
        while graphemes[last][1] < end:
            last += 1
        yield graphemes[place][0], graphemes[last][1]


def _apart(found: Iterator[Span]) -> Iterator[Span]:
    """Spans in order, those that touch made one."""
    current: Span | None = None
    for start, end in found:
        if current is None:
            current = start, end
        elif start <= current[1]:
            current = current[0], max(current[1], end)
        else:
            yield current
            current = start, end
    if current:
        yield current


def _window(
    text: str, graphemes: Sequence[Span], found: Sequence[Span], width: int
) -> tuple[int, int]:
    """The first grapheme to show, and the one after the last."""
    if len(graphemes) <= width:
        return 0, len(graphemes)
    hit = found[0][0] if found else 0
    place = next(n for n, grapheme in enumerate(graphemes) if grapheme[1] > hit)
    first = max(0, min(place - width // 3, len(graphemes) - width))
    first = _between_words(text, graphemes, first, range(first, min(first + _GIVE, place)))
    last = min(first + width, len(graphemes))
    last = _between_words(text, graphemes, last, range(last, max(last - _GIVE, place + 1), -1))
    return first, last


def _between_words(text: str, graphemes: Sequence[Span], otherwise: int, places: range) -> int:
    """The first of the places at which a white space ends, if there is one."""
    for place in places:
        if place == 0 or text[graphemes[place - 1][0]].isspace():
            return place
    return otherwise
