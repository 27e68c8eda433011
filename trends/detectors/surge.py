"""Surge: more people than usual talk about the brand."""

from dataclasses import dataclass

from trends.detectors import Candidate, Look, latest_seqs, rareness
from trends.model import SignalKind, Standing
from trends.significance import upper_tail


@dataclass(frozen=True, slots=True)
class Detector:
    """Fresh authors against level x season, in each trailing window; the rarest counts."""

    kind: SignalKind = SignalKind.SURGE
    at_least: int = 5
    lift: float = 2.0

    def candidates(self, look: Look) -> list[Candidate]:
        """At most one: the most surprising window."""
        best: Candidate | None = None
        for span in look.spans:
            count = span.tally.fresh
            if count < self.at_least:
                continue
            expected = look.fresh(span)
            if count < self.lift * expected.mean:
                continue
            tail = upper_tail(count, expected.mean, expected.variance)
            score = rareness(tail, look.looks(span, count, expected.mean))
            if best is None or score > best.score:
                places = (
                    place
                    for place in look.window.since(span.since)
                    if place.counted.standing is Standing.FRESH
                )
                best = Candidate(
                    kind=self.kind,
                    brand=look.brand,
                    series="",
                    since=span.since,
                    length=span.length,
                    score=score,
                    observed=count,
                    expected=expected,
                    seqs=latest_seqs(places),
                )
        return [best] if best else []
