"""The alarm budget: from alarms a week to one threshold per family of events.

A score is the logarithm of quiet weeks between chance events like this (`detectors`), so
in theory a budget of b a week is kept by the threshold -log10(b), and no threshold ever
goes below that. Real streams have real events as well, and those are what the budget is
spent on. So the threshold is the lowest score x where

    (events so far that reached x + T0 prior(x)) / (weeks so far + T0) <= budget

with events and weeks discounted by age. The prior is cautious: ten times rarer than theory
asks, and real events fall off slowly with the score, so that the first weeks are not noisy;
later the stream's own events decide. What was spent too little or too much in the last
weeks is made good in the next, by half of the budget at most.

The budget is shared among the families of events; what one cannot use goes to the others.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from trends.season import Floats
from trends.stories import Family

SHARES: Mapping[Family, float] = {
    Family.ATTENTION: 0.6,
    Family.RISK: 0.25,
    Family.INAUTHENTIC: 0.15,
}
PRIOR_WEEKS = 4.0
HALF_LIFE_WEEKS = 13.0
SPENT_HALF_LIFE_WEEKS = 6.0
MOST_CORRECTION = 0.5
CAUTION = 1.0  # by how much the prior's threshold exceeds the theoretical one
SLOPE = 4.0  # score by which real events become ten times rarer, before we know better
_STEP = 0.05
_SCORES = np.arange(-5.0, 45.0, _STEP)


class Calibration:
    """How high past events went, per family, and the thresholds that follow."""

    def __init__(self, alarms_per_week: float) -> None:
        self.budget = alarms_per_week
        self.heights = {family: np.zeros(len(_SCORES)) for family in Family}
        self.weeks = 0.0
        self.spent = 0.0  # alarms raised lately, discounted
        self.spent_weeks = 0.0  # over which, discounted alike
        self.thresholds = self._solve(dict.fromkeys(Family, ()))

    @property
    def floor(self) -> float:
        """What theory asks for if nothing real ever happened: below, nothing is followed."""
        return -math.log10(self.budget)

    @property
    def corrected(self) -> float:
        """The budget, and what was spent too little lately, or less what was too much."""
        over = self.spent - self.budget * self.spent_weeks
        share = over / (self.budget * (self.spent_weeks + PRIOR_WEEKS))
        return self.budget * (1.0 - min(MOST_CORRECTION, max(-MOST_CORRECTION, share)))

    def spend(self) -> None:
        """Learn that an alarm was raised."""
        self.spent += 1.0

    def close(self, family: Family, height: float) -> None:
        """Learn how high a closed event went."""
        self.heights[family][_place(height)] += 1.0

    def pass_time(self, weeks: float, heights: Mapping[Family, Iterable[float]]) -> None:
        """Move on, and set the thresholds; `heights` are those of the open events."""
        left = 0.5 ** (weeks / HALF_LIFE_WEEKS)
        for family in Family:
            self.heights[family] *= left
        self.weeks = self.weeks * left + weeks
        left = 0.5 ** (weeks / SPENT_HALF_LIFE_WEEKS)
        self.spent *= left
        self.spent_weeks = self.spent_weeks * left + weeks
        self.thresholds = self._solve(heights)

    def _solve(self, heights: Mapping[Family, Iterable[float]]) -> dict[Family, float]:
        rates = {family: self._rates(family, heights[family]) for family in Family}
        budgets = shared(self.corrected, {family: float(rates[family][0]) for family in Family})
        return {family: _threshold(rates[family], budgets[family]) for family in Family}

    def _rates(self, family: Family, heights: Iterable[float]) -> Floats:
        """Events a week that reach each score from the floor on."""
        counts = self.heights[family].copy()
        for height in heights:
            counts[_place(height)] += 1.0
        reached = np.cumsum(counts[::-1])[::-1]
        nominal = -math.log10(self.budget * SHARES[family])
        prior = self.budget * SHARES[family] * 10 ** ((nominal + CAUTION - _SCORES) / SLOPE)
        rates = (reached + PRIOR_WEEKS * prior) / (self.weeks + PRIOR_WEEKS)
        return np.asarray(rates[_place(self.floor) :])

    def dump(self) -> dict[str, Any]:
        """Its state as JSON values."""
        return {
            "budget": self.budget,
            "heights": {
                family.value: [[int(n), float(counts[n])] for n in np.flatnonzero(counts)]
                for family, counts in self.heights.items()
            },
            "weeks": self.weeks,
            "spent": self.spent,
            "spent_weeks": self.spent_weeks,
            "thresholds": {family.value: at for family, at in self.thresholds.items()},
        }

    @classmethod
    def load(cls, alarms_per_week: float, state: dict[str, Any]) -> "Calibration":
        """The calibration of a dumped state, to a budget that may be another."""
        calibration = cls(alarms_per_week)
        for family, counts in state["heights"].items():
            for place, count in counts:
                calibration.heights[Family(family)][place] = count
        calibration.weeks = state["weeks"]
        if state["budget"] == alarms_per_week:
            calibration.spent = state["spent"]
            calibration.spent_weeks = state["spent_weeks"]
            calibration.thresholds = {Family(f): at for f, at in state["thresholds"].items()}
        else:
            calibration.thresholds = calibration._solve(dict.fromkeys(Family, ()))
        return calibration


def shared(budget: float, demand: Mapping[Family, float]) -> dict[Family, float]:
    """A budget by `SHARES`; what a family cannot use goes to those that can."""
    budgets: dict[Family, float] = {}
    left, hungry = budget, list(Family)
    while hungry:
        total = sum(SHARES[family] for family in hungry)
        parts = {family: left * SHARES[family] / total for family in hungry}
        full = [family for family in hungry if demand[family] <= parts[family]]
        if not full:
            return budgets | parts
        budgets |= {family: demand[family] for family in full}
        left -= sum(demand[family] for family in full)
        hungry = [family for family in hungry if family not in full]
    return budgets


def _place(score: float) -> int:
    return min(len(_SCORES) - 1, max(0, int((score - _SCORES[0]) / _STEP)))


def _threshold(rates: Floats, budget: float) -> float:
    """The lowest score that no more than `budget` events a week reach."""
    offset = len(_SCORES) - len(rates)
    enough = np.flatnonzero(rates <= budget * (1 + 1e-9))
    return float(_SCORES[offset + enough[0]]) if len(enough) else float(_SCORES[-1])
