"""The fold of signals into an alert, and its subject in both languages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alert import fold, headline_terms, raise_or_update, subject
from tests.alerts.making import SIGNAL, an_alert, life, signal
from trends.model import EventState as State
from trends.model import SignalKind


def test_the_first_signal_raises_and_later_ones_update() -> None:
    first = raise_or_update(None, SIGNAL)
    assert (first.detected_at, first.severity, first.id) == (SIGNAL.detected_at, 5, None)
    later = signal(
        detected_at=SIGNAL.detected_at + 1,
        severity=8,
        score=6.0,
        observed=300.0,
        state=State.GROWING,
    )
    alert = raise_or_update(first, later)
    assert (alert.severity, alert.peak_severity, alert.observed) == (8, 8, 300.0)
    assert (alert.detected_at, alert.updated_at) == (first.detected_at, later.detected_at)
    assert alert.state is State.GROWING


def test_an_alert_that_fades_still_says_what_it_was_at_its_height() -> None:
    height = raise_or_update(None, signal(score=6.0, severity=8))
    over = raise_or_update(
        height,
        signal(
            score=0.5,
            severity=1,
            observed=2.0,
            mention_seqs=(9,),
            history=(1.0,),
            state=State.CLOSED,
        ),
    )
    assert (over.observed, over.mention_seqs, over.terms) == (182.0, (1, 2, 3), SIGNAL.terms)
    assert (over.severity, over.peak_severity, over.state) == (1, 8, State.CLOSED)
    assert over.history == (1.0,)


STEPS = st.lists(
    st.tuples(st.sampled_from(list(State)), st.integers(1, 10), st.floats(0, 50)), min_size=1
)


@given(STEPS, st.data())
def test_folding_in_two_parts_is_folding_in_one(
    steps: list[tuple[State, int, float]], data: st.DataObject
) -> None:
    signals = life(*steps)
    cut = data.draw(st.integers(0, len(signals)))
    alert = fold(signals[:cut]).get(77)
    for one in signals[cut:]:
        alert = raise_or_update(alert, one)
    assert alert == fold(signals)[77]


@given(STEPS)
def test_an_alert_shows_the_figures_of_its_highest_score(
    steps: list[tuple[State, int, float]],
) -> None:
    alert = fold(life(*steps))[77]
    assert alert.score == max(score for _, _, score in steps)
    assert alert.peak_severity == max(severity for _, severity, _ in steps)
    assert alert.state is steps[-1][0]


def test_alerts_come_in_the_order_in_which_they_were_raised() -> None:
    first, second = life((State.OPEN, 5, 1.0), event=9), life((State.OPEN, 5, 1.0), event=2)
    assert list(fold([*first, *second, *first])) == [9, 2]


OUTAGE: dict[str, Any] = {
    "kind": SignalKind.COVERAGE,
    "brand": "",
    "series": "bluesky",
    "observed": 0.0,
    "expected": 240.2,
    "terms": (),
}
SUBJECTS = [
    (
        {},
        "Apple: 5.2 times the usual number of authors, about “iphone 6”, #applelive, "
        "9 Sep 17:00–23:00",
        "Apple: คนพูดถึงมากเป็น 5.2 เท่าของปกติ เรื่อง “iphone 6”, #applelive (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"expected": 0.4, "terms": ()},
        "Apple: 182 authors where hardly any are usual, 9 Sep 17:00–23:00",
        "Apple: มีคนพูดถึง 182 คน ปกติแทบไม่มี (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.EMERGING, "expected": 2.0, "observed": 40.0, "terms": ("#bendgate",)},
        "Apple: new, 40 authors where 2.0 are usual, about #bendgate, 9 Sep 17:00–23:00",
        "Apple: ประเด็นใหม่ มีคนพูดถึง 40 คน (ปกติราว 2.0 คน) เรื่อง #bendgate (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.EMERGING, "expected": 0.0, "observed": 4.0, "terms": ("#bendgate",)},
        "Apple: new, 4 authors, about #bendgate, 9 Sep 17:00–23:00",
        "Apple: ประเด็นใหม่ มีคนพูดถึง 4 คน เรื่อง #bendgate (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.RISK, "series": "negative", "terms": ()},
        "Apple: 5.2 times the usual number of negative mentions, 9 Sep 17:00–23:00",
        "Apple: ข้อความเชิงลบมากเป็น 5.2 เท่าของปกติ (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.RISK, "series": "negative", "expected": 0.1, "terms": ()},
        "Apple: 182 negative mentions where hardly any are usual, 9 Sep 17:00–23:00",
        "Apple: ข้อความเชิงลบ 182 ข้อความ ปกติแทบไม่มี (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.RISK, "series": "privacy", "terms": ("icloud",)},
        "Apple: 5.2 times the usual number of privacy mentions, about “icloud”, 9 Sep 17:00–23:00",
        "Apple: ข้อความด้านข้อมูลส่วนตัว มากเป็น 5.2 เท่าของปกติ เรื่อง “icloud” (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.RISK, "series": "halal", "expected": 0.0, "terms": ()},
        "Apple: 182 halal mentions where hardly any are usual, 9 Sep 17:00–23:00",
        "Apple: ข้อความด้านhalal 182 ข้อความ ปกติแทบไม่มี (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        {"kind": SignalKind.INAUTHENTIC, "observed": 909.0, "unique_authors": 908, "terms": ()},
        "Apple: 909 near-copies from 908 accounts, 9 Sep 17:00–23:00",
        "Apple: ข้อความซ้ำกัน 909 ข้อความ จาก 908 บัญชี (9 ก.ย. 17:00–23:00 น.)",
    ),
    (
        OUTAGE,
        "bluesky has not been heard since 9 Sep 2014 17:00: about 240 mentions are missing",
        "ไม่ได้รับข้อมูลจาก bluesky ตั้งแต่ 9 ก.ย. 2557 17:00 น.: ขาดไปประมาณ 240 ข้อความ",
    ),
    (
        OUTAGE | {"expected": 0.0},
        "bluesky has not been heard since 9 Sep 2014 17:00",
        "ไม่ได้รับข้อมูลจาก bluesky ตั้งแต่ 9 ก.ย. 2557 17:00 น.",
    ),
    (
        OUTAGE | {"state": State.CLOSED, "expected": 1.0},
        "bluesky was not heard 9 Sep 17:00–23:00: about 1 mention was missing",
        "ไม่ได้รับข้อมูลจาก bluesky ช่วง 9 ก.ย. 17:00–23:00 น.: ช่วงนั้นขาดไปประมาณ 1 ข้อความ",
    ),
]


@pytest.mark.parametrize(("changes", "english", "thai"), SUBJECTS)
def test_the_subject_says_brand_what_size_and_window(
    changes: dict[str, object], english: str, thai: str
) -> None:
    alert = an_alert(**changes)
    assert subject(alert, "Apple") == english
    assert subject(alert, "Apple", "th") == thai


def test_the_whole_stream_has_no_brand_to_name() -> None:
    assert subject(an_alert(brand=""), "").startswith("5.2 times")


def test_the_window_is_in_the_readers_zone() -> None:
    assert subject(an_alert(), "Apple", "en", "Asia/Bangkok").endswith("10 Sep 00:00–06:00")


def test_a_hostile_term_or_name_cannot_command_a_terminal() -> None:
    line = subject(an_alert(terms=("\x1b[2J\u202eboo\nhoo",)), "Ap\x07ple")
    assert not {"\x1b", "\u202e", "\n", "\x07"} & set(line)


@pytest.mark.parametrize(
    ("terms", "brand", "shown"),
    [
        (["iphone", "iphone 6", "6"], "", ["iphone 6"]),
        (["a", "b", "a c", "b a"], "", ["a c", "b a"]),
        (["apple", "$aapl", "watch"], "Apple", ["$aapl", "watch"]),
        (["home", "depot", "breach"], "Home Depot", ["breach"]),
        (["1x", "2x", "3x", "4x"], "", ["1x", "2x", "3x"]),
        ([], "", []),
    ],
)
def test_headline_terms_do_not_repeat_each_other_or_the_brand(
    terms: list[str], brand: str, shown: list[str]
) -> None:
    assert headline_terms(terms, brand) == shown
