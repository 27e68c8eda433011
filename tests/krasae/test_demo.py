"""The demo finds by itself what happened in 2014; nothing about it is in code or configuration."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from krasae import pipeline
from krasae.demo import PROFILE, make_workspace, posts
from krasae.engine import local
from krasae.workspace import Workspace, open_workspace
from listener.importers import import_file, load_profile
from listener.model import DAY_MS, WEEK_MS
from tests.laws.corpus import NOW

Rows = list[dict[str, Any]]


def at(day: str) -> int:
    """Midnight UTC of a day, in ms."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with open_workspace(make_workspace(tmp_path_factory.mktemp("demo") / "demo")) as workspace:
        report = import_file(
            workspace.db,
            posts(),
            load_profile(PROFILE),
            key=workspace.key,
            source="stocknet",
            timezone="UTC",
            now=NOW,
        )
        assert report.refused == 0
        local.run(pipeline.build(workspace, flush=True), workspace.db, now=NOW)
        yield workspace


def raised(demo: Workspace, brand: str, first: str, last: str, *kinds: str) -> Rows:
    """The alerts of a brand that became known from the first to the end of the last day."""
    rows = demo.db.query(
        "SELECT * FROM alerts WHERE brand = ? AND detected_at >= ? AND detected_at < ?",
        [brand, at(first), at(last) + DAY_MS + 6 * 3_600_000],  # the days of New York
    )
    return [row for row in rows if row["kind"] in kinds]


def quoted(demo: Workspace, alerts: Rows, word: str) -> int:
    """How many mentions behind these alerts hold a word."""
    marks = ", ".join("?" for _ in alerts)
    [(count,)] = demo.db.execute(
        f"SELECT count(*) FROM alert_mentions AS a JOIN mentions AS m ON m.seq = a.mention_seq"
        f" WHERE a.alert_id IN ({marks}) AND m.text LIKE ?",
        [*(row["id"] for row in alerts), f"%{word}%"],
    )
    return int(count)


@pytest.mark.parametrize(
    ("brand", "first", "last", "kinds", "word"),
    [
        ("facebook", "2014-02-19", "2014-02-20", ("surge", "emerging"), "WhatsApp"),
        ("apple", "2014-09-09", "2014-09-09", ("surge", "emerging"), "watch"),
        ("alibaba", "2014-09-19", "2014-09-19", ("surge", "emerging"), "BABA"),
        ("homedepot", "2014-09-02", "2014-09-03", ("risk",), "breach"),
        ("apple", "2014-09-01", "2014-09-03", ("risk",), "iCloud"),
    ],
)
def test_what_happened_is_found(
    demo: Workspace, brand: str, first: str, last: str, kinds: tuple[str, ...], word: str
) -> None:
    found = raised(demo, brand, first, last, *kinds)
    assert found, f"no {' or '.join(kinds)} about {brand} from {first} to {last}"
    assert quoted(demo, found, word) >= 3


@pytest.mark.parametrize("brand", ["amazon", "facebook", "google"])
def test_the_copied_story_is_inauthentic_and_no_surge(demo: Workspace, brand: str) -> None:
    found = raised(demo, brand, "2014-05-21", "2014-06-05", "inauthentic")
    assert quoted(demo, found, "Groupon") >= 100
    others = raised(demo, brand, "2014-05-21", "2014-06-05", "surge", "emerging")
    for alert in others:
        behind = demo.db.execute(
            "SELECT count(*) FROM alert_mentions WHERE alert_id = ?", [alert["id"]]
        ).fetchone()[0]
        assert quoted(demo, [alert], "Groupon") <= behind / 2


def test_alerts_keep_to_the_budget(demo: Workspace) -> None:
    [(count, first, last)] = demo.db.execute(
        "SELECT (SELECT count(*) FROM alerts), min(published_at), max(published_at) FROM mentions"
    )
    a_week = count / ((last - first) / WEEK_MS)
    budget = demo.settings.trends.alarms_per_week
    assert 0.65 * budget <= a_week <= 1.15 * budget


def test_every_alert_has_its_evidence(demo: Workspace) -> None:
    without = demo.db.execute(
        "SELECT count(*) FROM alerts WHERE id NOT IN (SELECT alert_id FROM alert_mentions)"
    ).fetchone()
    assert without == (0,)


def test_the_queue_is_one_a_person_can_empty(demo: Workspace) -> None:
    [(issues,)] = demo.db.execute("SELECT count(*) FROM issues")
    assert 5 <= issues <= 300
