"""What a person is shown of a story: its name, its figures, the mentions to read first."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trends.counting import followers_by_author
from trends.detectors import Candidate, Look
from trends.detectors.inauthentic import COPIES
from trends.model import SignalKind, Standing
from trends.stories import Story
from trends.window import NEGATIVE, Place, risks_of

MOST_TERMS = 8
MOST_SEQS = 1000  # nearly every event whole: they are the rows behind its figures
LEADING_TERMS = 3
_LEAST_AUTHORS = 3  # of a term whose text is kept
_LEAST_LIFT = 2.0  # times its usual share from which a term tells anything
_PHRASE = 0.5  # share of a word's authors from which a phrase stands for it


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figures of an event in its most surprising window.

    `since` is the window's first bucket, `length` its number of buckets; `expected` and
    `variance` are those of `observed`.
    """

    kind: SignalKind
    series: str
    since: int
    length: int
    score: float
    observed: float
    expected: float
    variance: float
    severity: int
    mentions: int
    unique_authors: int
    duplicate_share: float
    negative_share: float
    reach: int
    terms: tuple[str, ...]
    mention_seqs: tuple[int, ...]

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Evidence":
        """The evidence of a dumped state (`dataclasses.asdict`)."""
        typed = {
            "kind": SignalKind(state["kind"]),
            "terms": tuple(state["terms"]),
            "mention_seqs": tuple(state["mention_seqs"]),
        }
        return cls(**(state | typed))


def gather(look: Look, story: Story) -> Evidence:
    """The evidence of a story at the close of the look's bucket."""
    lead = story.lead
    places = members(look, story)
    observations = [place.counted.observation for place in places]
    total = max(1, len(places))
    negative_share = sum(one.sentiment == "negative" for one in observations) / total
    authors = len({place.author for place in places})
    reach = sum(followers_by_author(observations).values())
    terms = name(look, story, places)
    return Evidence(
        kind=lead.kind,
        series=lead.series,
        since=lead.since,
        length=lead.length,
        score=story.score,
        observed=float(lead.observed),
        expected=lead.expected.mean,
        variance=lead.expected.variance,
        severity=severity(
            lead,
            score=story.score,
            authors=authors,
            reach=reach,
            more_negative=negative_share - _usual_negative_share(look),
        ),
        mentions=len(places),
        unique_authors=authors,
        duplicate_share=sum(p.counted.standing is Standing.COPY for p in places) / total,
        negative_share=negative_share,
        reach=reach,
        terms=terms,
        mention_seqs=_to_read(places, terms),
    )


def _usual_negative_share(look: Look) -> float:
    return (look.series.risks.get(NEGATIVE, 0.0) + 6.0) / (look.series.level + 30.0)


def members(look: Look, story: Story) -> list[Place]:
    """The story's mentions in its window, copies too, latest first."""
    lead = story.lead
    places = look.window.since(lead.since)
    if lead.kind is SignalKind.EMERGING:
        wanted = set(story.terms[:LEADING_TERMS])
        return [p for p in places if wanted.intersection(p.terms)]
    if lead.kind is SignalKind.RISK:
        return [p for p in places if lead.series in risks_of(p.counted.observation)]
    if lead.series == COPIES:
        return [p for p in places if p.counted.standing is Standing.COPY]
    return list(places)


def name(look: Look, story: Story, places: Sequence[Place]) -> tuple[str, ...]:
    """The terms that tell this story from the brand's usual talk, the clearest first.

    Ranked by n log(n / m), n authors where m are usual: a term's part of the likelihood
    ratio (Dunning 1993). A phrase stands for its words when half of their authors use it.
    """
    authors: dict[str, set[int]] = {}
    for place in places:
        for term in place.terms:
            authors.setdefault(term, set()).add(place.author)
    voices = len({place.author for place in places})
    weights: dict[str, float] = {}
    for term, people in authors.items():
        if len(people) < _LEAST_AUTHORS:
            continue
        lift = len(people) / max(look.usual(term).share * voices, 0.01)
        if lift >= _LEAST_LIFT or term in story.terms[:1]:
            weights[term] = len(people) * math.log(max(lift, 1.1))
    return _readable(weights, {term: len(people) for term, people in authors.items()})


def _readable(weights: Mapping[str, float], counts: Mapping[str, int]) -> tuple[str, ...]:
    ranked = sorted(weights, key=lambda term: (-weights[term], term))
    longer = [term for term in ranked if " " in term or term.startswith("#")]
    chosen: list[str] = []
    for term in ranked:
        best = term
        for phrase in longer:
            if term in _words(phrase) and counts[phrase] >= _PHRASE * counts[term]:
                best = phrase
                break
        if best not in chosen and not any(best in _words(taken) for taken in chosen):
            chosen.append(best)
    return tuple(chosen[:MOST_TERMS])


def _words(term: str) -> list[str]:
    return [term[1:]] if term.startswith("#") else term.split()


def _to_read(places: Sequence[Place], terms: Sequence[str]) -> tuple[int, ...]:
    """Mentions in the order of reading: those that say most of the name, then by audience."""
    weights = {term: 1.0 / (1 + place) for place, term in enumerate(terms)}

    def order(place: Place) -> tuple[float, tuple[int, str, str]]:
        mention = place.counted.observation
        told = sum(weights.get(term, 0.0) for term in mention.terms)
        heard = math.log10(1 + max(0, mention.followers or 0)) / 4
        copied = 0.5 if place.counted.standing is Standing.COPY else 0.0
        return copied - told - heard, mention.order

    return tuple(p.counted.observation.seq for p in sorted(places, key=order)[:MOST_SEQS])


def severity(
    candidate: Candidate, *, score: float, authors: int, reach: int, more_negative: float
) -> int:
    """From 1 to 10: size against expected, rareness, people, reach and negativity.

    points   = 0.8 log2((observed + 1) / (expected + 1)) + 0.5 log2(1 + score)
             + 0.5 log10(1 + authors / 10) + 0.5 log10(1 + reach / 1000)
             + 3 (negative share - usual negative share), nothing below 0
    severity = 1 + 9 (1 - exp(-points / 6)), rounded: every step up costs more than the last.
    """
    size = math.log2((candidate.observed + 1) / (candidate.expected.mean + 1))
    points = (
        0.8 * max(0.0, size)
        + 0.5 * math.log2(1 + max(0.0, score))
        + 0.5 * math.log10(1 + authors / 10)
        + 0.5 * math.log10(1 + reach / 1000)
        + 3.0 * max(0.0, more_negative)
    )
    return round(1 + 9 * (1 - math.exp(-points / 6)))
