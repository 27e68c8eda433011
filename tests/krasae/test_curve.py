"""The curve of a backtest: which alerts are the same, and what each budget finds of them."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alert import Alert
from krasae.cli import build
from krasae.curve import BUDGETS, budgets_with, curve, drawn, is_same
from listener.model import DAY_MS, HOUR_MS
from trends.model import EventState, SignalKind
from trends.settings import TrendSettings

NOON = 1_410_000_000_000


def alert(
    kind: SignalKind = SignalKind.SURGE,
    brand: str = "aapl",
    began: int = NOON,
    seqs: tuple[int, ...] = (1, 2, 3, 4),
    terms: tuple[str, ...] = ("icloud",),
    label: str | None = None,
) -> Alert:
    """An alert, told an hour after its beginning."""
    return Alert(
        event=1,
        kind=kind,
        brand=brand,
        series="",
        state=EventState.CLOSED,
        severity=5,
        peak_severity=5,
        detected_at=began + HOUR_MS,
        updated_at=began + HOUR_MS,
        started_at=began,
        window_start=began,
        window_end=began + HOUR_MS,
        observed=9,
        expected=1,
        lower=0,
        upper=4,
        score=3,
        mentions=9,
        unique_authors=9,
        duplicate_share=0,
        negative_share=0,
        reach=0,
        terms=terms,
        mention_seqs=seqs,
        history=(),
        label=label,
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (alert(), True),
        (alert(kind=SignalKind.EMERGING), True),
        (alert(seqs=(4, 5, 6, 7), terms=()), True),
        (alert(seqs=(8, 9), terms=("leak", "icloud")), True),
        (alert(seqs=(8, 9), terms=("leak",)), False),
        (alert(kind=SignalKind.INAUTHENTIC), False),
        (alert(kind=SignalKind.RISK), False),
        (alert(brand="goog"), False),
        (alert(began=NOON + 3 * DAY_MS), False),
        (alert(seqs=(), terms=()), False),
    ],
)
def test_what_is_one_happening(other: Alert, same: bool) -> None:
    assert is_same(alert(), other) is same
    assert is_same(other, alert()) is same


def test_risks_are_the_same_by_their_category() -> None:
    privacy = replace(alert(kind=SignalKind.RISK), series="privacy")
    assert is_same(privacy, privacy)
    assert not is_same(privacy, replace(privacy, series="safety"))


def test_a_point_counts_what_came_back_and_how_late() -> None:
    late = replace(alert(), detected_at=NOON + 5 * HOUR_MS)
    noise = alert(brand="goog", label="noise")
    known = [alert(label="useful"), alert(brand="amzn", label="useful"), noise]

    def replayed(settings: TrendSettings) -> list[Alert]:
        return [late] if settings.alarms_per_week < 1 else [late, noise]

    points = list(curve(replayed, known, TrendSettings(alarms_per_week=4), weeks=2.0))
    assert [point.budget for point in points] == sorted({*BUDGETS, 4.0})
    first, last = points[0], points[-1]
    assert (first.useful, first.found, first.delay_hours) == (2, 1, 5.0)
    assert (first.noise, first.noisy, first.rate, first.recall) == (1, 0, 0.5, 0.5)
    assert (last.noisy, last.rate) == (1, 1.0)


@given(st.floats(0.01, 700))
def test_the_configured_budget_is_tried(configured: float) -> None:
    tried = budgets_with(configured)
    assert configured in tried
    assert list(tried) == sorted(set(tried))


def test_the_picture_is_xml_and_has_a_point_for_each_budget() -> None:
    settings = TrendSettings()
    known = [alert(label="useful"), alert(brand="goog", label="noise")]
    for labelled in (known, []):
        points = list(curve(lambda _: [alert()], labelled, settings, weeks=1.0))
        picture = ElementTree.fromstring(drawn(points, settings.alarms_per_week))
        circles = picture.findall("{http://www.w3.org/2000/svg}circle")
        assert len(circles) == len(points) + 1
        assert sum(circle.get("fill") == "#c2410c" for circle in circles) == 2


def run(*arguments: str | Path) -> None:
    build()(["backtest", *map(str, arguments)], standalone_mode=False)


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A file of a quiet month of one ticker, and a loud hour in its last week."""
    path = tmp_path / "month.jsonl"
    with path.open("w", encoding="utf-8") as file:
        hours = [*range(0, 28 * 24, 3), *[25 * 24 + 5] * 40]
        for number, hour in enumerate(sorted(hours)):
            row = {
                "created_at": f"2014-09-{1 + hour // 24:02}T{hour % 24:02}:00:{number % 60:02}Z",
                "id": str(number),
                "ticker": "AAPL",
                "user_id": str(number),
                "followers": 100,
                "lang": "en",
                "is_rt": False,
                "text": f"$AAPL number {number} about things of the day {number * 7}",
            }
            file.write(json.dumps(row) + "\n")
    return path


def test_the_command_prints_a_row_for_each_budget(
    month: Path, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    picture = tmp_path / "curve.svg"
    run("--input", month, "--profile", "stocknet", "--curve", "--json", "--picture", picture)
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["budget"] for row in rows] == list(BUDGETS)
    raised = [row["raised"] for row in rows]
    assert raised == sorted(raised)
    assert raised[-1] >= 1
    assert ElementTree.parse(picture)


@pytest.mark.parametrize("wrong", ["nonsense=1", "alarms_per_week", "alarms_per_week=many"])
def test_what_cannot_be_set_is_refused(wrong: str, month: Path) -> None:
    with pytest.raises(Exception, match="--set"):
        run("--input", month, "--profile", "stocknet", "--set", wrong)


def test_a_picture_that_cannot_be_written_is_told_at_once(month: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be written"):
        run(
            "--input", month, "--profile", "stocknet", "--curve",
            "--picture", tmp_path / "nowhere" / "curve.svg",
        )  # fmt: skip
