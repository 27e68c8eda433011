"""How many words lie between words, in Thai and in scripts with spaces."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import regex

from listener.query.literal import Literal

# A word is a run of letters with spaces around it, or one that the Thai dictionary finds,
# or one character of the other scripts that know no spaces.
_RUN = regex.compile(
    r"(?P<thai>[\u0e01-\u0e4e]+)"
    r"|(?:(?![\u0e01-\u0e4e])[\p{Latin}\p{Greek}\p{Cyrillic}\p{N}\p{M}])+"
    r"(?:['_](?:(?![\u0e01-\u0e4e])[\p{Latin}\p{Greek}\p{Cyrillic}\p{N}\p{M}])+)*"
    r"|\p{L}\p{M}*"
)


def word_starts(text: str) -> Iterator[int]:
    """Where each word of a folded text begins."""
    for run in _RUN.finditer(text):
        if run["thai"] is None:
            yield run.start()
            continue
        place = run.start()
        for word in _thai_words(run[0]):
            yield place
            place += len(word)


def near(words: Sequence[Literal], distance: int, folded: str) -> bool:
    """Whether all words stand together with at most `distance` other words among them.

    The order does not matter. A word that is asked for counts as one, however many the
    dictionary would make of it. Each form of a lengthened text is looked at by itself.
    """
    if not all(word.text in folded for word in words):
        return False
    return any(_near(words, distance, form) for form in folded.split("\n"))


def _near(words: Sequence[Literal], distance: int, text: str) -> bool:
    places = sorted(
        (start, end, which) for which, word in enumerate(words) for start, end in word.places(text)
    )
    if len({which for _, _, which in places}) < len(words):
        return False
    starts = _starts_with_whole(places, text)
    latest: dict[int, int] = {}
    for start, _, which in places:
        latest[which] = start
        if len(latest) == len(words):
            first = min(latest.values())
            between = bisect_right(starts, start) - bisect_left(starts, first)
            if between - len(words) <= distance:
                return True
    return False


def _starts_with_whole(places: Sequence[tuple[int, int, int]], text: str) -> list[int]:
    """Where words begin, when each of the places (in order) is one whole word."""
    starts = {start for start, _, _ in places}
    passed = covered = 0
    for start in word_starts(text):
        while passed < len(places) and places[passed][0] <= start:
            covered = max(covered, places[passed][1])
            passed += 1
        if start >= covered:
            starts.add(start)
    return sorted(starts)


def _thai_words(run: str) -> list[str]:
    from pythainlp.tokenize.nlpo3 import segment

    words: list[str] = segment(run, safe_mode=True)
    return words
