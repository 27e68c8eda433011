"""An alert in one sentence: every figure in it is one of the alert's, in both languages."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alert import Alert
from alerts.explanation import ASPECT_NAMES, Background, aspect_name, explanation
from listener.model import DAY_MS, HOUR_MS
from locales import LANGUAGES, Formats, translation
from nlp.lexicon import Lexicon
from trends.model import EventState, SignalKind

NOON = 1_410_000_000_000
ALERT = Alert(
    event=1,
    kind=SignalKind.SURGE,
    brand="aapl",
    series="",
    state=EventState.OPEN,
    severity=5,
    peak_severity=5,
    detected_at=NOON,
    updated_at=NOON,
    started_at=NOON,
    window_start=NOON,
    window_end=NOON + 3 * HOUR_MS,
    observed=212,
    expected=31,
    lower=19,
    upper=46,
    score=3,
    mentions=260,
    unique_authors=230,
    duplicate_share=0,
    negative_share=0.64,
    reach=0,
    terms=(),
    mention_seqs=(1,),
    history=(),
)
KNOWN = Background(usual_negative=0.22, aspects=(("delivery", 41), ("price", 3)), known=100)


def told(alert: Alert, background: Background, language: str = "en") -> str:
    return explanation(alert, background, translation(language), Formats(language))


def test_a_surge_is_told_by_all_that_is_known() -> None:
    assert told(ALERT, KNOWN) == (
        "212 new authors in 3 hours where 31 are usual (19 to 46); 260 mentions by 230 authors; "
        "64% negative, usually 22%; 41% speak of delivery"
    )


@pytest.mark.parametrize(
    ("background", "end"),
    [
        (Background(), "64% negative"),
        (Background(0.1, (("price", 24),), 100), "64% negative, usually 10%"),
        (Background(0.1, (("price", 2),), 2), "64% negative, usually 10%"),
        (Background(0.1, (("<b>", 50),), 100), "50% speak of <b>"),
    ],
)
def test_what_is_not_known_or_not_much_is_left_out(background: Background, end: str) -> None:
    assert told(ALERT, background).endswith(f"; {end}")


@pytest.mark.parametrize(
    ("kind", "series", "begins"),
    [
        (SignalKind.RISK, "privacy", "212 mentions about privacy in 2 days where"),
        (SignalKind.RISK, "negative", "212 negative mentions in 2 days where"),
        (SignalKind.INAUTHENTIC, "copies", "212 near-copies in 2 days where"),
        (SignalKind.EMERGING, "#bendgate", "212 new authors in 2 days where"),
    ],
)
def test_each_kind_says_what_it_counts(kind: SignalKind, series: str, begins: str) -> None:
    alert = replace(ALERT, kind=kind, series=series, window_end=NOON + 2 * DAY_MS)
    assert told(alert, KNOWN).startswith(begins)


def test_an_outage_is_told_by_its_own_facts() -> None:
    assert told(replace(ALERT, kind=SignalKind.COVERAGE), KNOWN) == ""


def test_thai_has_no_english_in_it() -> None:
    for kind in SignalKind:
        alert = replace(ALERT, kind=kind, series="privacy" if kind is SignalKind.RISK else "")
        for length in (5 * 60_000, HOUR_MS, 7 * DAY_MS):
            timed = replace(alert, window_end=NOON + length)
            assert not re.search("[A-Za-z]", told(timed, KNOWN, "th"))


def test_every_shipped_aspect_has_a_name() -> None:
    assert set(Lexicon.shipped("aspects", ()).names) == set(ASPECT_NAMES)
    for aspect in ASPECT_NAMES:
        assert not re.search("[A-Za-z]", aspect_name(aspect, translation("th")))


@given(
    st.sampled_from([*SignalKind]),
    st.floats(1, 1e6),
    st.floats(0.01, 1e5),
    st.integers(1, 10**6),
    st.sampled_from(LANGUAGES),
)
def test_its_figures_are_the_alerts(
    kind: SignalKind, observed: float, expected: float, mentions: int, language: str
) -> None:
    alert = replace(ALERT, kind=kind, observed=observed, expected=expected, mentions=mentions)
    sentence = told(alert, KNOWN, language)
    formats = Formats(language)
    if kind is not SignalKind.COVERAGE:
        for figure in (observed, mentions, alert.unique_authors):
            assert formats.number(figure) in sentence
