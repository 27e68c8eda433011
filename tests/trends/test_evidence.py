"""Evidence: names that a person understands, figures that add up, severity that has room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trends.made import observation
from tests.trends.test_stories import candidate, emerging, look
from trends.baseline import Expectation
from trends.evidence import gather, severity
from trends.model import Counted, SignalKind, Standing
from trends.stories import Family, Story


def told(*mentions: Counted, term: str) -> list[str]:
    seen = look(*mentions)
    lead = emerging(term, 3, range(len(mentions)))
    return list(gather(seen, Story(Family.ATTENTION, lead, 3.0, lead.seqs, (term,))).terms)


def said(number: int, *terms: str, **fields: object) -> Counted:
    standing = Standing.COPY if fields.pop("copy", False) else Standing.FRESH
    return Counted("b", standing, observation(number, terms=terms, **fields))


def test_a_phrase_stands_for_its_words() -> None:
    mentions = [said(n, "iphone", "iphone 6") for n in range(8)] + [said(9, "iphone", "case")]
    assert told(*mentions, term="iphone") == ["iphone 6"]


def test_a_hashtag_stands_for_its_word() -> None:
    mentions = [said(n, "#launch", "today") for n in range(5)]
    assert told(*mentions, term="#launch")[0] in ("#launch", "today")
    assert "launch" not in told(*mentions, term="#launch")


def test_a_phrase_that_few_use_does_not() -> None:
    mentions = [said(n, "iphone") for n in range(8)] + [
        said(n, "iphone", "iphone 6") for n in (8, 9, 10)
    ]
    assert told(*mentions, term="iphone")[0] == "iphone"


def test_words_of_one_person_name_nothing() -> None:
    mentions = [said(n, "oven", author_id=n) for n in range(3)]
    mentions += [said(n, "oven", "my unique phrase", author_id=9) for n in range(9, 19)]
    assert told(*mentions, term="oven") == ["oven"]


def test_the_figures_add_up() -> None:
    mentions = [
        said(1, "oven", sentiment="negative", followers=100),
        said(2, "oven", followers=900, author_id=2),
        said(3, "oven", copy=True, author_id=2, followers=950),
        said(4, "oven", followers=None),
        said(5, "lamp", followers=10**6),
    ]
    lead = emerging("oven", 3, range(1, 5))
    found = gather(look(*mentions), Story(Family.ATTENTION, lead, 3.5, lead.seqs, ("oven",)))
    assert (found.mentions, found.unique_authors, found.reach) == (4, 3, 1050)
    assert (found.duplicate_share, found.negative_share, found.score) == (0.25, 0.25, 3.5)
    assert set(found.mention_seqs) == {1, 2, 3, 4}


def test_what_says_most_is_read_first() -> None:
    mentions = [
        said(1, "oven", followers=10),
        said(2, "oven", "recall", followers=10),
        said(3, "oven", "recall", followers=10**6),
        said(4, "oven", "recall", copy=True, followers=10**6),
        said(5, "recall"),
        said(6, "recall", "oven", followers=0),
    ]
    lead = emerging("recall", 3, range(1, 7))
    found = gather(
        look(*mentions), Story(Family.ATTENTION, lead, 3.0, lead.seqs, ("recall", "oven"))
    )
    assert found.mention_seqs[0] == 3
    assert set(found.mention_seqs[-2:]) == {1, 5}


Numbers = st.floats(0, 1e5)


def rated(
    observed: float, expected: float, score: float, authors: int, reach: int, negative: float
) -> int:
    one = candidate(
        SignalKind.SURGE, score, set(), observed=observed, expected=Expectation(expected, 1.0)
    )
    return severity(one, score=score, authors=authors, reach=reach, more_negative=negative)


@given(Numbers, Numbers, Numbers, st.integers(0, 10**6), st.integers(0, 10**10), st.floats(-1, 1))
def test_severity_is_from_1_to_10_and_only_grows(
    observed: float, expected: float, score: float, authors: int, reach: int, negative: float
) -> None:
    one = rated(observed, expected, score, authors, reach, negative)
    assert 1 <= one <= 10
    assert rated(2 * observed, expected, score, authors, reach, negative) >= one
    assert rated(observed, expected, 2 * score, authors, reach, negative) >= one
    assert rated(observed, expected, score, 3 * authors, reach, negative) >= one
    assert rated(observed, expected, score, authors, 3 * reach, negative) >= one
    assert rated(observed, expected, score, authors, reach, min(1.0, negative + 0.3)) >= one
    assert rated(observed, 2 * expected, score, authors, reach, negative) <= one


@pytest.mark.parametrize(
    ("observed", "expected", "score", "authors", "reach", "negative", "rating"),
    [
        (5, 2.0, 0.0, 5, 500, 0.0, 2),
        (5, 0.1, 1.0, 5, 2_000, 0.0, 4),
        (6, 0.1, 1.0, 6, 20_000, 0.7, 6),
        (110, 12, 30.0, 100, 500_000, 0.0, 7),
        (2_000, 20, 45.0, 1_800, 20_000_000, 0.1, 9),
        (50_000, 40, 45.0, 40_000, 900_000_000, 0.6, 10),
    ],
)
def test_severity_has_room(
    observed: float,
    expected: float,
    score: float,
    authors: int,
    reach: int,
    negative: float,
    rating: int,
) -> None:
    assert rated(observed, expected, score, authors, reach, negative) == rating
