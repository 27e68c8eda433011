"""Texts from outside made safe to print: a terminal obeys control characters."""

import regex

# What a terminal obeys: control characters (C0, C1: they start escape sequences), what
# reorders text (bidirectional embeddings, overrides, isolates), lone surrogates.
_OBEYED = regex.compile(r"[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]")
# What is merely invisible, and common in honest text: Thai web pages mark words with
# U+200B. ZWJ stays, it holds emoji together, and ZWNJ, which some scripts spell with.
_INVISIBLE = regex.compile(r"(?![\u200c\u200d\u202a-\u202e\u2066-\u2069])\p{Cf}")
_SPACE = regex.compile(r"[\t\n\r\f\v\u0085\u2028\u2029 \u00a0]+")
# More than three marks on one letter is a stack that climbs over its neighbours; Thai
# needs two (a vowel and a tone), decomposed Vietnamese two.
_STACK = regex.compile(r"(\p{M}{3})\p{M}+")


def printable(text: str, *, width: int | None = None) -> str:
    """One line of `text` without anything that a terminal would obey.

    White space is collapsed, what is obeyed becomes U+FFFD, what is invisible goes, stacks
    of combining marks are cut to three. With `width`, at most that many characters, the
    last one an ellipsis, and never cut inside a grapheme.
    """
    line = _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()
    line = _STACK.sub(r"\1", _OBEYED.sub("\ufffd", line))
    if width is None or len(line) <= width:
        return line
    kept = ""
    graphemes: list[str] = regex.findall(r"\X", line)
    for grapheme in graphemes:
        if len(kept) + len(grapheme) > width - 1:
            break
        kept += grapheme
    return kept.rstrip() + "\N{HORIZONTAL ELLIPSIS}"
