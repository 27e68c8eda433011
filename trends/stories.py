"""Stories: the candidates of one brand and bucket that speak of the same thing, put together.

Terms that stand out in the same mentions are one story, and so is a surge with what stands
out in it. What copies explain is the copies' story alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from trends.detectors import Candidate, Look
from trends.model import SignalKind, Standing

SAME_TERMS = 0.5  # share of the smaller of two terms' mentions that makes them one story
SAME_SURGE = 0.3  # share of a surge's mentions that makes it a story's
COPIES_EXPLAIN = 2.0  # copies for each author of words of their own


class Family(StrEnum):
    """Kinds that tell of the same sort of thing: an event has one kind, of one family."""

    ATTENTION = "attention"
    RISK = "risk"
    INAUTHENTIC = "inauthentic"


_FAMILIES = {
    SignalKind.SURGE: Family.ATTENTION,
    SignalKind.EMERGING: Family.ATTENTION,
    SignalKind.RISK: Family.RISK,
    SignalKind.INAUTHENTIC: Family.INAUTHENTIC,
}


@dataclass(frozen=True, slots=True)
class Story:
    """Candidates that are one: the `lead` gives kind and figures, `seqs` tell it from others."""

    family: Family
    lead: Candidate
    score: float
    seqs: frozenset[int]
    terms: tuple[str, ...]


def stories(look: Look, candidates: Iterable[Candidate], *, copied: bool) -> list[Story]:
    """The stories of one look; `copied`: whether an inauthentic event of the brand goes on."""
    by_kind: dict[SignalKind, list[Candidate]] = {kind: [] for kind in SignalKind}
    for candidate in sorted(candidates, key=lambda one: (-one.score, one.series)):
        by_kind[candidate.kind].append(candidate)
    fakes = by_kind[SignalKind.INAUTHENTIC]
    terms = by_kind[SignalKind.EMERGING]
    if fakes or copied:
        terms = [term for term in terms if not _by_copies(look, term)]
    told = _with_surges(_clusters(terms), by_kind[SignalKind.SURGE])
    return [*_clusters(fakes), *told, *_clusters(by_kind[SignalKind.RISK])]


def _story(lead: Candidate) -> Story:
    return Story(_FAMILIES[lead.kind], lead, lead.score, lead.seqs, lead.terms)


def _clusters(candidates: Sequence[Candidate]) -> list[Story]:
    """Leader clustering: each candidate, highest score first, joins the first story it fits."""
    found: list[Story] = []
    for candidate in candidates:
        for place, story in enumerate(found):
            if _overlap(candidate.seqs, story.lead.seqs) >= SAME_TERMS:
                found[place] = replace(
                    story,
                    seqs=story.seqs | candidate.seqs,
                    terms=(*story.terms, *candidate.terms),
                )
                break
        else:
            found.append(_story(candidate))
    return found


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    """Shared mentions as a share of the smaller set."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def _by_copies(look: Look, candidate: Candidate) -> bool:
    since = look.spans[-1].since
    copies = sum(
        place.counted.standing is Standing.COPY and candidate.series in place.terms
        for place in look.window.since(since)
    )
    return copies >= COPIES_EXPLAIN * candidate.observed


def _with_surges(told: list[Story], surges: Sequence[Candidate]) -> list[Story]:
    """Put a surge and what stands out in it together.

    A surge that is more surprising than any term takes in all of them: people talk more,
    whatever the words. Otherwise it belongs to the story that makes up much of it.
    """
    if not surges:
        return told
    lead = surges[0]
    if lead.score >= max((story.score for story in told), default=lead.score):
        terms = dict.fromkeys(term for story in told for term in story.terms)
        terms |= dict.fromkeys(term for surge in surges for term in surge.terms)
        seqs = frozenset().union(*(surge.seqs for surge in surges))
        return [Story(_FAMILIES[lead.kind], lead, lead.score, seqs, tuple(terms))]
    if any(len(story.seqs & lead.seqs) >= SAME_SURGE * len(lead.seqs) for story in told):
        return told
    return [*told, _story(lead)]
