"""Texts from outside made safe to print: a terminal obeys control characters."""

import regex

# Control and format characters that move the cursor, start escape sequences, reorder or
# hide text (C0, C1, bidi embeddings, overrides and isolates, zero-width, tags), line
# separators, private and unassigned code points. ZWJ stays, it holds emoji together, and
# ZWNJ, which some scripts spell with.
_UNSAFE = regex.compile(r"(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]")
_SPACE = regex.compile(r"[\t\n\r\f\v\u0085\u2028\u2029 \u00a0]+")
# More than three marks on one letter is a stack that climbs over its neighbours; Thai
# needs two (a vowel and a tone), decomposed Vietnamese two.
_STACK = regex.compile(r"(\p{M}{3})\p{M}+")


def printable(text: str, *, width: int | None = None) -> str:
    """One line of `text` without anything a terminal would obey.

    White space is collapsed, what is unsafe becomes U+FFFD, stacks of combining marks are
    cut to three. With `width`, at most that many characters, the last one an ellipsis, and
    never cut inside a grapheme.
    """
    line = _SPACE.sub(" ", text).strip()
    line = _STACK.sub(r"\1", _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", line))
    if width is None or len(line) <= width:
        return line
    kept = ""
    graphemes: list[str] = regex.findall(r"\X", line)
    for grapheme in graphemes:
        if len(kept) + len(grapheme) > width - 1:
            break
        kept += grapheme
    return kept.rstrip() + "\N{HORIZONTAL ELLIPSIS}"
