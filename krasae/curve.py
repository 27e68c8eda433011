"""The curve of a backtest: what each alarm budget would have found, missed and cost.

For each budget the whole history is replayed by the live detection. What it raises is compared
with the alerts that a person labelled: how many of the useful ones are raised again, how long
after their beginning, and how many of those that were noise come back.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from statistics import median
from typing import Any

from alerts.alert import Alert
from listener.model import DAY_MS, HOUR_MS
from trends.model import SignalKind
from trends.settings import TrendSettings

BUDGETS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0)
"""Alarms a week that are tried."""

_NEAR = 2 * DAY_MS  # between the beginnings of one happening in two replays
_SHARED = 0.25  # of the smaller set of mentions
_ATTENTION = (SignalKind.SURGE, SignalKind.EMERGING)

Replayed = Callable[[TrendSettings], Iterable[Alert]]


@dataclass(frozen=True, slots=True)
class Point:
    """One budget (alarms a week). `delay_hours` is the median over the useful alerts found.

    `raised` alerts in `weeks`; of the labelled ones `found` useful and `noisy` noise came back.
    """

    budget: float
    raised: int
    weeks: float
    useful: int
    found: int
    noise: int
    noisy: int
    delay_hours: float | None

    @property
    def rate(self) -> float:
        """Alerts a week."""
        return self.raised / self.weeks

    @property
    def recall(self) -> float | None:
        """The share of the useful alerts that is raised; None when none is labelled useful."""
        return self.found / self.useful if self.useful else None

    def as_json(self) -> dict[str, Any]:
        """As a JSON object, with the rate and the recall."""
        return asdict(self) | {"rate": self.rate, "recall": self.recall}


def budgets_with(configured: float) -> tuple[float, ...]:
    """The budgets to try, with the configured one among them."""
    return tuple(sorted({*BUDGETS, configured}))


def curve(
    replayed: Replayed, labelled: Sequence[Alert], settings: TrendSettings, *, weeks: float
) -> Iterator[Point]:
    """A point for each budget, from the smallest to the largest.

    `replayed` gives the alerts of a replay at their height, `labelled` are those with a verdict.
    """
    for budget in budgets_with(settings.alarms_per_week):
        raised = list(replayed(settings.model_copy(update={"alarms_per_week": budget})))
        yield _point(budget, raised, labelled, weeks)


def _point(
    budget: float, raised: Sequence[Alert], labelled: Sequence[Alert], weeks: float
) -> Point:
    found = {"useful": 0, "noise": 0}
    total = {"useful": 0, "noise": 0}
    delays: list[float] = []
    for one in labelled:
        if one.label is None:
            continue
        total[one.label] += 1
        first = min((alert.detected_at for alert in raised if is_same(alert, one)), default=None)
        if first is not None:
            found[one.label] += 1
            if one.label == "useful":
                delays.append((first - one.started_at) / HOUR_MS)
    return Point(
        budget=budget,
        raised=len(raised),
        weeks=weeks,
        useful=total["useful"],
        found=found["useful"],
        noise=total["noise"],
        noisy=found["noise"],
        delay_hours=median(delays) if delays else None,
    )


def is_same(one: Alert, other: Alert) -> bool:
    """Whether two alerts, of different replays, are about one happening.

    They are of one brand and sort, began within two days of each other, and share a quarter of
    the mentions of the smaller one, or the term that names one of them.
    """
    if one.brand != other.brand or _sort(one) != _sort(other):
        return False
    if abs(one.started_at - other.started_at) > _NEAR:
        return False
    mine, theirs = set(one.mention_seqs), set(other.mention_seqs)
    if len(mine & theirs) >= _SHARED * max(1, min(len(mine), len(theirs))):
        return True
    names = bool(one.terms and other.terms)
    return names and (one.terms[0] in other.terms or other.terms[0] in one.terms)


def _sort(alert: Alert) -> tuple[str, str]:
    """A surge and the story that makes it up are one sort; a risk is one for its category."""
    if alert.kind in _ATTENTION:
        return "attention", ""
    return alert.kind.value, alert.risk


def drawn(points: Sequence[Point], configured: float) -> str:
    """The curve as an SVG picture: alerts a week across, the share found upwards."""
    from jinja2 import Environment

    template = resources.files("krasae").joinpath("curve.svg.j2").read_text("utf-8")
    rates = [point.rate for point in points]
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(points=points, configured=configured, widest=max([*rates, 0.1]))
    )
