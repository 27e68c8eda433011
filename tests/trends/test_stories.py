"""Candidates that speak of the same thing become one story; copies explain what they copy."""

from tests.trends.made import observation
from trends.baseline import Expectation
from trends.detection import Detection
from trends.detectors import Candidate, Look
from trends.model import Counted, SignalKind, Standing
from trends.settings import TrendSettings
from trends.stories import Family, stories

BUCKET = 500_000


def candidate(
    kind: SignalKind, score: float, seqs: range | set[int], series: str = "", **fields: object
) -> Candidate:
    known = {
        "kind": kind,
        "brand": "b",
        "series": series,
        "since": BUCKET,
        "length": 1,
        "score": score,
        "observed": float(len(seqs)),
        "expected": Expectation(1.0, 2.0),
        "seqs": frozenset(seqs),
        "terms": (series,) if series else (),
    }
    return Candidate(**(known | fields))  # type: ignore[arg-type]


def look(*mentions: Counted) -> Look:
    detection = Detection(TrendSettings(), {})
    detection.step(BUCKET, mentions or [Counted("b", Standing.FRESH, observation(1))])
    return detection._look("b", BUCKET, mentions, detection._alive_spans(BUCKET))


def emerging(term: str, score: float, seqs: range | set[int]) -> Candidate:
    return candidate(SignalKind.EMERGING, score, seqs, term)


def test_terms_of_the_same_mentions_are_one_story() -> None:
    found = stories(
        look(),
        [emerging("oven", 3, range(10)), emerging("recall", 5, range(8)), emerging("kpi", 2, {90})],
        copied=False,
    )
    assert [story.terms for story in found] == [("recall", "oven"), ("kpi",)]
    assert found[0].seqs == frozenset(range(10))
    assert found[0].lead.series == "recall"


def test_the_order_of_candidates_does_not_matter() -> None:
    candidates = [emerging(f"t{n}", n % 4, range(n, n + 6)) for n in range(0, 20, 3)]
    assert stories(look(), candidates, copied=False) == stories(
        look(), candidates[::-1], copied=False
    )


def test_a_surge_takes_in_what_stands_out_less() -> None:
    surge = candidate(SignalKind.SURGE, 9, range(50))
    found = stories(look(), [emerging("a", 5, range(5)), surge], copied=False)
    assert len(found) == 1
    assert (found[0].lead, found[0].terms) == (surge, ("a",))


def test_a_surge_belongs_to_the_story_that_makes_it_up() -> None:
    surge = candidate(SignalKind.SURGE, 2, range(10))
    found = stories(look(), [emerging("a", 5, range(5)), surge], copied=False)
    assert [story.lead.series for story in found] == ["a"]
    found = stories(look(), [emerging("a", 5, range(2)), surge], copied=False)
    assert [story.lead.kind for story in found] == [SignalKind.EMERGING, SignalKind.SURGE]


def test_a_risk_stands_beside_a_surge() -> None:
    found = stories(
        look(),
        [
            candidate(SignalKind.SURGE, 9, range(50)),
            candidate(SignalKind.RISK, 3, range(5), "privacy"),
            candidate(SignalKind.RISK, 2, range(6), "negative"),
        ],
        copied=False,
    )
    assert [story.family for story in found] == [Family.ATTENTION, Family.RISK]
    assert found[1].terms == ("privacy", "negative")


def test_what_copies_explain_is_no_story_of_its_own() -> None:
    copies = [
        Counted("b", Standing.COPY, observation(n, terms=("deal", "secret deal")))
        for n in range(20)
    ]
    own = [Counted("b", Standing.FRESH, observation(n, terms=("deal",))) for n in range(20, 24)]
    other = [Counted("b", Standing.FRESH, observation(n, terms=("fire",))) for n in range(30, 34)]
    seen = look(*copies, *own, *other)
    candidates = [
        emerging("deal", 4, range(20, 24)),
        emerging("fire", 4, range(30, 34)),
        candidate(SignalKind.INAUTHENTIC, 6, range(20), "copies"),
    ]
    told = stories(seen, candidates, copied=False)
    assert [story.lead.series for story in told] == ["copies", "fire"]
    assert len(stories(seen, candidates[:2], copied=False)) == 2
    assert [story.lead.series for story in stories(seen, candidates[:2], copied=True)] == ["fire"]
