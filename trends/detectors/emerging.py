"""Emerging: more people than usual use a term, new or known, when they talk about the brand."""

from dataclasses import dataclass

from trends.detectors import Candidate, Look, Span, latest_seqs, rareness
from trends.model import SignalKind
from trends.significance import upper_tail_if_any
from trends.window import TermPlaces, distinct_authors


@dataclass(frozen=True, slots=True)
class Detector:
    """A term's distinct authors against its share of the brand's volume, in each window.

    Three authors are the least: one person's phrase is no trend, and is not kept.
    """

    kind: SignalKind = SignalKind.EMERGING
    at_least: int = 3

    def candidates(self, look: Look) -> list[Candidate]:
        """One for each term of this bucket that stands out in some window."""
        volume = look.series.level * look.baseline.kept(look.series)
        found = []
        for term in look.terms:
            places = look.window.terms.get(term)
            if places is not None and len(places.authors) >= self.at_least:
                best = self._best(look, term, places, volume)
                if best is not None:
                    found.append(best)
        return found

    def _best(
        self, look: Look, term: str, places: TermPlaces, volume: float
    ) -> Candidate | None:
        level = look.vocabulary.level(look.brand, term, look.bucket)
        best: Candidate | None = None
        for span in look.spans:
            inside = look.window.with_term(term, span.since)
            count = distinct_authors(inside)
            if count < self.at_least:
                continue
            fresh = max(span.tally.fresh, count)
            expected = look.vocabulary.expect(level, volume, fresh, span.index)
            if count <= expected.mean:
                continue
            tail = upper_tail_if_any(count, expected.mean, expected.variance)
            score = rareness(tail, self._looks(look, span))
            if best is None or score > best.score:
                best = Candidate(
                    kind=self.kind,
                    brand=look.brand,
                    series=term,
                    since=span.since,
                    length=span.length,
                    score=score,
                    observed=count,
                    expected=expected,
                    seqs=latest_seqs(inside),
                    terms=(term,),
                )
        return best

    def _looks(self, look: Look, span: Span) -> float:
        return len(look.spans) * look.vocabulary.terms.sightings_per_week
