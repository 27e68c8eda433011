"""A series as a small picture: inline SVG for HTML, block characters for text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _MARGIN = 600.0, 64.0, 6.0


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Where to draw: SVG coordinates in a box of `width` x `height`, rounded to tenths."""

    width: int
    height: int
    left: float
    right: float
    line: str
    area: str
    band_top: float
    band_height: float
    expected: float
    last: str


def sparkline(
    history: Sequence[float], *, lower: float, expected: float, upper: float
) -> Sparkline | None:
    """The series with its expected band; None when there are not two points to join."""
    if len(history) < 2:
        return None
    top = max([*history, upper, 1.0])

    def y(value: float) -> float:
        room = _HEIGHT - 2 * _MARGIN
        return round(_HEIGHT - _MARGIN - room * max(value, 0.0) / top, 1)

    step = (_WIDTH - 2 * _MARGIN) / (len(history) - 1)
    points = [f"{_MARGIN + place * step:.1f},{y(value)}" for place, value in enumerate(history)]
    floor = y(0)
    right = _WIDTH - _MARGIN
    return Sparkline(
        width=int(_WIDTH),
        height=int(_HEIGHT),
        left=_MARGIN,
        right=right,
        line=" ".join(points),
        area=f"{_MARGIN},{floor} {' '.join(points)} {right},{floor}",
        band_top=y(upper),
        band_height=round(y(lower) - y(upper), 1),
        expected=y(expected),
        last=points[-1].replace(",", " "),
    )


def blocks(history: Sequence[float], width: int = 28) -> str:
    """The series as at most `width` blocks, each the highest of the values it stands for."""
    if not history:
        return ""
    columns = min(width, len(history))
    edges = [place * len(history) // columns for place in range(columns + 1)]
    highest = [max(history[a:b]) for a, b in pairwise(edges)]
    top = max([*highest, 1.0])
    steps = len(_BLOCKS) - 1
    return "".join(_BLOCKS[min(steps, round(steps * max(v, 0.0) / top))] for v in highest)
