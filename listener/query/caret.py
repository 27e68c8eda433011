"""Where a caret belongs under a query: columns are counted in cells of the screen."""

import unicodedata

import regex

_SIDE = 60
_UNSHOWN = regex.compile(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]")


def cells(text: str) -> int:
    """How many cells of a screen a text takes: a mark none, a wide character two."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def excerpt(query: str, at: int) -> tuple[str, int]:
    """The line of the query around its character `at`, and the column of that in it.

    What is far away from the place on a long line is left out.
    """
    before = query[:at].splitlines(keepends=True)
    left = before[-1] if before and not before[-1].endswith(("\n", "\r")) else ""
    after = query[at:].splitlines()
    right = after[0] if after else ""
    if len(left) > _SIDE:
        left = "…" + left[-_SIDE:]
    if len(right) > _SIDE:
        right = right[:_SIDE] + "…"
    left = _UNSHOWN.sub(" ", left)
    return left + _UNSHOWN.sub(" ", right), cells(left)
