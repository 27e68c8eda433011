"""Cutting a normalised text where it may change its mind: at sentence marks, before "but" and
แต่, and in Thai at spaces, which stand between clauses there.

A piece too short to say anything is joined to its neighbour, but never across a contrast.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

_SHORTEST = 12  # code points of a piece that says something
_CONTRAST = re.compile(
    r"\s*[,;]?\s*(?:(?<!\w)(?:but|however|although|though|whereas|except that)(?!\w)"
    r"|(?:แต่|ส่วนเรื่อง|ยกเว้น|ถึงแม้|ถึงจะ)(?!ละ|เช้า|เดิม|แรก|ก่อน|งาน|ง))",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?;…])\s+|(?<=[\u0e01-\u0e5b])\s+(?=[\u0e01-\u0e5b])")


def clauses(text: str) -> list[str]:
    """The clauses of a normalised text, in order; none of them empty, if the text is not."""
    starts = [0, *(match.start() for match in _CONTRAST.finditer(text)), len(text)]
    found: list[str] = []
    for start, end in pairwise(starts):
        found += _joined(_END.split(text[start:end].strip()))
    return found


def _joined(pieces: Iterable[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and len(joined[-1]) < _SHORTEST:
            joined[-1] = f"{joined[-1]} {piece}"
        elif piece:
            joined.append(piece)
    if len(joined) > 1 and len(joined[-1]) < _SHORTEST:
        last = joined.pop()
        joined[-1] = f"{joined[-1]} {last}"
    return joined
