"""Emerging: more people than usual use a term, new or known, when they talk about the brand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy import special

from trends.detectors import Candidate, Look, latest_seqs, rareness
from trends.model import SignalKind
from trends.significance import upper_tail_if_any
from trends.window import Place, distinct_authors


@dataclass(frozen=True, slots=True)
class Detector:
    """A term's distinct authors against its share of the brand's volume, in each window.

    Three authors are the least: one person's phrase is no trend, and is not kept. People
    who speak of the same happening share more words than the one: when all (or most) of a
    term's mentions share another that has no word in common with it, the chance of that
    adds to the score, up to `most_together`. Four posts that happen to say "power" have
    nothing else in common; four on a court's ruling do.
    """

    kind: SignalKind = SignalKind.EMERGING
    at_least: int = 3
    lift: float = 2.0
    most_together: float = 3.0
    most_places: int = 256  # of the latest, for what they share
    least: float = -6.0  # a score that no budget asks for, whatever else the mentions share

    def candidates(self, look: Look) -> list[Candidate]:
        """One for each term of this bucket that stands out in some window."""
        found = []
        for term in look.terms:
            places = look.window.terms.get(term)
            if places is not None and len(places.authors) >= self.at_least:
                best = self._best(look, term)
                if best is not None:
                    found.append(best)
        return found

    def _best(self, look: Look, term: str) -> Candidate | None:
        usual = look.usual(term)
        looks = len(look.spans) * look.vocabulary.terms.sightings_per_week
        best: Candidate | None = None
        inside_best: Sequence[Place] = ()
        for span in look.spans:
            inside = look.window.with_term(term, span.since)
            count = distinct_authors(inside)
            if count < self.at_least:
                continue
            fresh = max(span.tally.fresh, count)
            expected = look.vocabulary.terms.expect(usual, fresh, span.index)
            if count < self.lift * expected.mean:
                continue
            tail = upper_tail_if_any(count, expected.mean, expected.variance)
            score = rareness(tail, looks)
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
                inside_best = inside
        if best is None or best.score < self.least:
            return None
        return replace(best, score=best.score + self._together(look, term, inside_best))

    def _together(self, look: Look, term: str, places: Sequence[Place]) -> float:
        """log10 of how unlikely it is that these mentions share yet another term by chance."""
        words = set(term.split())
        counts: dict[str, int] = {}
        places = places[: self.most_places]
        for place in places:
            for other in place.terms:
                if words.isdisjoint(other.split()):
                    counts[other] = counts.get(other, 0) + 1
        best, least = 1.0, 1e-300
        for other, count in counts.items():
            if count < self.at_least or 2 * count <= len(places):
                continue
            share = look.usual(other).share
            if share < 0.5:
                best = min(best, float(special.betainc(count, len(places) - count + 1, share)))
        if best >= 1.0:
            return 0.0
        return min(self.most_together, max(0.0, -math.log10(max(best, least) * len(counts))))
