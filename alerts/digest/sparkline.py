"""A series as a small picture: inline SVG for HTML, block characters for text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from alerts.digest.model import Chart

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _MARGIN = 600, 64, 6


@dataclass(frozen=True, slots=True)
class Band:
    """What was expected in the alert's window, as a rectangle with a line in it."""

    left: float
    width: float
    top: float
    height: float
    line: float


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Where to draw: coordinates in a box of `width` x `height`, rounded to tenths."""

    width: int
    height: int
    line: str
    last: str
    band: Band | None


def sparkline(chart: Chart) -> Sparkline | None:
    """The series with its expected band; None when there are not two points to join."""
    values = chart.values
    if len(values) < 2:
        return None
    top = max([*values, chart.upper, 1.0])
    points = [f"{_x(place, len(values))},{_y(value, top)}" for place, value in enumerate(values)]
    return Sparkline(
        width=_WIDTH,
        height=_HEIGHT,
        line=" ".join(points),
        last=points[-1].replace(",", " "),
        band=_band(chart, top),
    )


def _band(chart: Chart, top: float) -> Band | None:
    # A value stands for its bucket's whole length, so the band is half a step wider.
    last = len(chart.values) - 1
    since, until = ((at - chart.start) / chart.bucket - 0.5 for at in chart.window)
    if until <= 0 or since >= last:
        return None
    left = _x(max(0.0, since), last + 1)
    return Band(
        left=left,
        width=round(_x(min(float(last), until), last + 1) - left, 1),
        top=_y(chart.upper, top),
        height=round(_y(chart.lower, top) - _y(chart.upper, top), 1),
        line=_y(chart.expected, top),
    )


def _x(place: float, count: int) -> float:
    return round(_MARGIN + place * (_WIDTH - 2 * _MARGIN) / (count - 1), 1)


def _y(value: float, top: float) -> float:
    return round(_HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * max(value, 0.0) / top, 1)


def blocks(history: Sequence[float], width: int = 28) -> str:
    """The series as at most `width` blocks, each the highest of the values it stands for."""
    if not history:
        return ""
    columns = min(width, len(history))
    edges = [place * len(history) // columns for place in range(columns + 1)]
    highest = [max(history[a:b]) for a, b in pairwise(edges)]
    top = max([*highest, 1.0])
    steps = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round(steps * max(value, 0.0) / top)] for value in highest)
