"""Inauthentic: the same words from many accounts, and not the sort of accounts that talk here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from trends.baseline import Baseline, Expectation
from trends.counting import followers_by_author
from trends.detectors import Candidate, Look, Span, latest_seqs, rareness
from trends.model import SignalKind, Standing
from trends.significance import upper_tail
from trends.window import SIZES, Place, distinct_authors, size_of

COPIES = "copies"
"""The series of a candidate that counts copies."""

_RATIO_WEIGHT = 20.0
_FIRST_RATIO = 0.25
_ALIKE = 0.02
_KNOWN_ACCOUNTS = 100.0


@dataclass(frozen=True, slots=True)
class Detector:
    """Copies against the usual number of copies, where they dominate, and who copies.

    The copying accounts' followers are compared with those of the accounts that usually
    speak in this workspace (one-sided Kolmogorov-Smirnov: the largest D by which more of
    them are small). Copies by a crowd that is far too small (`smaller`) are `inauthentic`;
    copies by a crowd like any other (D below `alike`) are a post that people pass on, a
    `surge` of the series "copies"; what lies between is left alone, and so are copies by
    accounts whose followers nobody knows.
    """

    kind: SignalKind = SignalKind.INAUTHENTIC
    at_least: int = 8
    at_least_passed_on: int = 20
    dominance: float = 0.5
    smaller: float = 0.35
    smaller_tail: float = 1e-3
    alike: float = 0.2

    def candidates(self, look: Look) -> list[Candidate]:
        """At most one: the most surprising window."""
        best: Candidate | None = None
        for span in look.spans:
            copies, fresh = span.tally.copies, span.tally.fresh
            if copies < self.at_least or copies < self.dominance * (copies + fresh):
                continue
            expected = self._expected(look, span)
            if copies <= expected.mean:
                continue
            tail = upper_tail(copies, expected.mean, expected.variance)
            score = rareness(tail, look.looks(span, copies, expected.mean))
            if best is None or score > best.score:
                best = self._candidate(look, span, score, expected) or best
        return [best] if best else []

    def _expected(self, look: Look, span: Span) -> Expectation:
        """As many copies as there usually are for each fresh mention.

        They come in bunches: taken as twice as spread as the fresh ones, and their ratio
        as known to a half.
        """
        fresh = look.fresh(span)
        stream, own = look.baseline.stream, look.series
        everywhere = (stream.copies + _RATIO_WEIGHT * _FIRST_RATIO) / (stream.level + _RATIO_WEIGHT)
        ratio = (own.copies + _RATIO_WEIGHT * everywhere) / (own.level + _RATIO_WEIGHT)
        mean = ratio * fresh.mean
        return Expectation(mean, 2.0 * mean * fresh.variance / fresh.mean + mean * mean / 4.0)

    def _candidate(
        self, look: Look, span: Span, score: float, expected: Expectation
    ) -> Candidate | None:
        copies = [
            place
            for place in look.window.since(span.since)
            if place.counted.standing is Standing.COPY
        ]
        kind = self._kind(look.baseline, copies)
        if kind is None:
            return None
        return Candidate(
            kind=kind,
            brand=look.brand,
            series=COPIES,
            since=span.since,
            length=span.length,
            score=score,
            observed=len(copies),
            expected=expected,
            seqs=latest_seqs(copies),
            terms=_common_terms(copies),
        )

    def _kind(self, baseline: Baseline, copies: Sequence[Place]) -> SignalKind | None:
        followers = followers_by_author(place.counted.observation for place in copies)
        known = len(followers) >= max(self.at_least, distinct_authors(copies) / 2)
        if not known or baseline.sizes.sum() < _KNOWN_ACCOUNTS:
            return None
        excess, tail = smaller_crowd(followers.values(), baseline)
        if excess >= self.smaller and tail < self.smaller_tail:
            return SignalKind.INAUTHENTIC
        if excess < self.alike and len(followers) >= self.at_least_passed_on:
            return SignalKind.SURGE
        return None


def smaller_crowd(followers: Iterable[int], baseline: Baseline) -> tuple[float, float]:
    """D and its tail: how many more of these accounts are small than of those that talk here.

    One-sided Kolmogorov-Smirnov with P(D >= d) <= exp(-2 n d^2) (Massart 1990), n being the
    effective number of accounts that are somewhat alike.
    """
    sizes = np.bincount([size_of(count) for count in followers], minlength=SIZES)
    number = float(sizes.sum())
    usual = np.cumsum(baseline.sizes) / baseline.sizes.sum()
    excess = float(np.max(np.cumsum(sizes) / number - usual))
    effective = number / (1.0 + (number - 1.0) * _ALIKE)
    return excess, float(np.exp(-2.0 * effective * max(0.0, excess) ** 2))


def _common_terms(copies: Sequence[Place]) -> tuple[str, ...]:
    """The terms that at least half of the copies share, most frequent first."""
    counts: dict[str, int] = {}
    for place in copies:
        for term in place.terms:
            counts[term] = counts.get(term, 0) + 1
    shared = [term for term, count in counts.items() if 2 * count >= len(copies)]
    return tuple(sorted(shared, key=lambda term: (-counts[term], term)))
