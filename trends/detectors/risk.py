"""Risk: more of what is said is negative, or about a danger, than usual."""

from dataclasses import dataclass

from trends.baseline import Expectation
from trends.detectors import Candidate, Look, Span, latest_seqs, rareness
from trends.model import SignalKind, Standing
from trends.significance import upper_tail_if_any
from trends.vocabulary import Usual
from trends.window import NEGATIVE, risks_of

_SHARE_WEIGHT = 30.0  # mentions it takes for a brand's own share to count half
_FIRST_SHARES = {NEGATIVE: 0.2}
_FIRST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Detector:
    """Risky fresh mentions of a category, against the usual share and the usual number.

    The less surprising of the two counts, so that neither a busy day with the usual share
    nor a quiet one with three grumpy authors is a risk. Like a term, a category is judged
    given that it is seen at all: four posts of a breach in three hours are found where
    there was never one, and are still not infinitely surprising.
    """

    kind: SignalKind = SignalKind.RISK
    at_least: int = 3
    at_least_negative: int = 5
    lift: float = 2.0

    def candidates(self, look: Look) -> list[Candidate]:
        """One for each category that stands out in some window."""
        found = []
        for risk in look.risks:
            best = self._best(look, risk)
            if best is not None:
                found.append(best)
        return found

    def _best(self, look: Look, risk: str) -> Candidate | None:
        share = self._share(look, risk)
        variety = look.vocabulary.risks
        looks = len(look.spans) * variety.sightings_per_week
        least = self.at_least_negative if risk == NEGATIVE else self.at_least
        best: Candidate | None = None
        for span in look.spans:
            count = span.tally.risks.get(risk, 0)
            if count < least:
                continue
            usual = variety.expect(share, look.fresh(span).mean, span.index)
            among = variety.expect(share, span.tally.fresh, span.index)
            if count < self.lift * max(usual.mean, among.mean):
                continue
            tail = max(
                upper_tail_if_any(count, expected.mean, expected.variance)
                for expected in (usual, among)
            )
            score = rareness(tail, looks)
            if best is None or score > best.score:
                best = self._candidate(look, risk, span, score, usual)
        return best

    def _share(self, look: Look, risk: str) -> Usual:
        """The usual share: the brand's, drawn to the workspace's, drawn to a first guess."""
        stream, own = look.baseline.stream, look.series
        first = _FIRST_SHARES.get(risk, _FIRST_SHARE)
        everywhere = (stream.risks.get(risk, 0.0) + _SHARE_WEIGHT * first) / (
            stream.level + _SHARE_WEIGHT
        )
        count = own.risks.get(risk, 0.0) + _SHARE_WEIGHT * everywhere
        return Usual(min(0.99, count / (own.level + _SHARE_WEIGHT)), count)

    def _candidate(
        self, look: Look, risk: str, span: Span, score: float, expected: Expectation
    ) -> Candidate:
        places = (
            place
            for place in look.window.since(span.since)
            if place.counted.standing is Standing.FRESH
            and risk in risks_of(place.counted.observation)
        )
        return Candidate(
            kind=self.kind,
            brand=look.brand,
            series=risk,
            since=span.since,
            length=span.length,
            score=score,
            observed=span.tally.risks[risk],
            expected=expected,
            seqs=latest_seqs(places),
            terms=(risk,),
        )
