"""A brand's series: what of its counts is kept, and what a bucket teaches of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trends.season import HOURS, Floats

_SPREAD_PRIOR = 20.0  # expected posts it takes for a brand's own dispersion to count half
_FADED = 1e-3  # posts of a source below which it is forgotten


@dataclass(slots=True)
class Spread:
    """Squared deviations and expected counts over blocks of one window length, discounted.

    Only buckets that were heard whole are in them; `missed` is the exposure of the open
    block's others.
    """

    block: int = -1
    count: float = 0.0
    exposure_at: float = 0.0
    squares: float = 0.0
    expected: float = 0.0
    missed: float = 0.0

    def variance_ratio(self, prior: float) -> float:
        """v: variance over mean, shrunk towards `prior`."""
        weight = _SPREAD_PRIOR
        return max(1.0, (self.squares + weight * prior) / (self.expected + weight))

    def close(self, mean: float, idle: float, blocks: int, ratio: float) -> tuple[float, float]:
        """The deviation and expectation of the open block and of the idle ones after it.

        The deviation is clipped, so that one event does not make the series deaf.
        """
        deviation = min(abs(self.count - mean), 4.0 * float(np.sqrt(ratio * mean)) + 2.0)
        squares = deviation * deviation
        if blocks > 0:
            squares += idle * idle / blocks
        return squares, mean + idle


@dataclass(slots=True)
class Series:
    """What is usual for one brand.

    `level` is a_i; `risks`, `copies`, `sources` and `deficit` (D_i) are discounted sums of the
    same age; `hours` is a_i by hour of the week.
    """

    spreads: list[Spread]
    level: float = 0.0
    copies: float = 0.0
    risks: dict[str, float] = field(default_factory=dict)
    hours: Floats = field(default_factory=lambda: np.zeros(HOURS))
    at: int = 0
    profile: Floats | None = None
    profiled_at: int = 0
    sources: dict[str, float] = field(default_factory=dict)
    deficit: float = 0.0

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return {
            "spreads": [
                [one.block, one.count, one.exposure_at, one.squares, one.expected, one.missed]
                for one in self.spreads
            ],
            "level": self.level,
            "copies": self.copies,
            "risks": self.risks,
            "hours": self.hours.tolist(),
            "at": self.at,
            "profile": None if self.profile is None else self.profile.tolist(),
            "profiled_at": self.profiled_at,
            "sources": self.sources,
            "deficit": self.deficit,
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Series":
        """The series of a dumped state."""
        profile = state["profile"]
        return cls(
            spreads=[Spread(*values) for values in state["spreads"]],
            level=state["level"],
            copies=state["copies"],
            risks=state["risks"],
            hours=np.array(state["hours"]),
            at=state["at"],
            profile=None if profile is None else np.array(profile),
            profiled_at=state["profiled_at"],
            # Not in the states of release 0.1.0.
            sources=state.get("sources", {}),
            deficit=state.get("deficit", 0.0),
        )


@dataclass(slots=True)
class Learnt:
    """What a bucket teaches of a series: counts clipped at what is possible."""

    fresh: float = 0.0
    copies: float = 0.0
    risks: dict[str, float] = field(default_factory=dict)
    sources: dict[str, float] = field(default_factory=dict)

    def add(self, other: "Learnt") -> None:
        """Add another series' bucket."""
        self.fresh += other.fresh
        self.copies += other.copies
        for risk, count in other.risks.items():
            self.risks[risk] = self.risks.get(risk, 0.0) + count
        for source, count in other.sources.items():
            self.sources[source] = self.sources.get(source, 0.0) + count


def fade_and_add(sums: dict[str, float], left: float, counts: Mapping[str, float]) -> None:
    """Discount sums and add to them; what has faded away is dropped."""
    for name in list(sums):
        sums[name] *= left
        if sums[name] < _FADED and name not in counts:
            del sums[name]
    for name, count in counts.items():
        sums[name] = sums.get(name, 0.0) + count
