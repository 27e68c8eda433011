"""The course of an event: it grows, peaks, fades, and does not flutter."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.trends.made import observation
from trends.evidence import Evidence
from trends.lifecycle import HISTORY, Course, next_state
from trends.model import Counted, EventState, SignalKind, Standing
from trends.window import BrandWindow

OPEN, GROWING, PEAKING, FADING, CLOSED = EventState
EVIDENCE = Evidence(
    kind=SignalKind.SURGE,
    series="",
    since=95,
    length=6,
    score=3.0,
    observed=12.0,
    expected=2.0,
    variance=3.0,
    severity=5,
    mentions=14,
    unique_authors=12,
    duplicate_share=0.1,
    negative_share=0.2,
    reach=1000,
    terms=("oven",),
    mention_seqs=(1, 2),
)


def course(counts: dict[int, int], *, at: int = 100) -> tuple[Course, BrandWindow]:
    window = BrandWindow()
    for bucket, count in sorted(counts.items()):
        mentions = [Counted("b", Standing.FRESH, observation(n)) for n in range(count)]
        window.add(bucket, mentions)
    begun = Course(1, SignalKind.SURGE, EVIDENCE)
    begun.rise(EVIDENCE, window, at, 24)
    begun.state = OPEN
    return begun, window


def test_states_follow_the_pulse() -> None:
    assert next_state(OPEN, 13, 10) is GROWING
    assert next_state(GROWING, 11, 10) is GROWING
    assert next_state(GROWING, 9, 10) is PEAKING
    assert next_state(PEAKING, 6, 10) is PEAKING
    assert next_state(PEAKING, 5, 10) is FADING
    assert next_state(FADING, 9, 10) is FADING
    assert next_state(FADING, 13, 10) is GROWING


@given(st.lists(st.floats(0, 100), max_size=40))
def test_fading_ends_only_at_a_new_height(pulses: list[float]) -> None:
    state, height = OPEN, 10.0
    for pulse in pulses:
        after = next_state(state, pulse, height)
        if state is FADING and after is not FADING:
            assert pulse > height
        state, height = after, max(height, pulse)


def test_the_pulses_of_the_window_are_taken_at_the_start() -> None:
    begun, _ = course({90: 1, 98: 3, 100: 9})
    assert begun.pulses == [0.0] * 13 + [1.0] + [0.0] * 7 + [3.0, 0.0, 9.0]
    assert begun.height == begun.pulse == 12


def test_silent_buckets_are_zeros() -> None:
    begun, window = course({100: 9})
    assert begun.go_on(window, 104, 24) is False
    assert begun.pulses[-5:] == [9.0, 0.0, 0.0, 0.0, 0.0]
    assert begun.go_on(None, 107, 24) is True
    assert begun.state is FADING
    assert begun.go_on(None, 500, 24) is False
    assert len(begun.pulses) == HISTORY


def test_stronger_evidence_makes_it_grow_and_keeps_the_history() -> None:
    begun, window = course({100: 9})
    window.add(130, [Counted("b", Standing.FRESH, observation(n)) for n in range(30)])
    stronger = replace(EVIDENCE, score=8.0, severity=7)
    assert begun.rise(stronger, window, 130, 24)
    assert (begun.state, begun.height, begun.headline) == (GROWING, 30, (7, "oven"))
    assert begun.pulses[-31:] == [9.0] + [0.0] * 29 + [30.0]


def test_nothing_is_told_twice() -> None:
    begun, window = course({100: 9})
    assert begun.rise(EVIDENCE, window, 101, 24)
    begun.told = begun.headline
    assert not begun.rise(EVIDENCE, window, 102, 24)
    assert begun.rise(replace(EVIDENCE, terms=("recall",)), window, 103, 24)


def test_a_dumped_course_is_the_same() -> None:
    begun, window = course({100: 9})
    begun.go_on(window, 103, 24)
    assert Course.load(begun.dump()) == begun
