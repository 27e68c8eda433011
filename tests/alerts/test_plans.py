"""No query of this room reads a large table from one end to the other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts import queue, reading, records
from alerts.deliver import DeliverStage
from alerts.message import Edition, write_message
from alerts.outbox import What
from alerts.settings import AlertSettings, ChannelSettings
from alerts.stage import AlertStage, FlagStage
from tests.alerts.making import NINE_SEPTEMBER, SIGNAL, database, life, put_signals, say
from trends.model import EventState as State
from trends.model import SignalKind

LARGE = (
    "mentions",
    "enrichments",
    "brand_matches",
    "alert_mentions",
    "issue_mentions",
    "issue_log",
    "outbox",
)
TEAM = ChannelSettings(name="team", type="folder", options={"path": "out"})
NOW = SIGNAL.detected_at


@pytest.fixture
def db() -> Database:
    db = database()
    for number in range(6):
        say(db, f"leak {number}", author=f"a{number}", sentiment="negative", copies=number % 2)
    say(db, "worst", sentiment="negative", followers=50_000)
    put_signals(db, life((State.OPEN, 5, 1.0), (State.GROWING, 8, 2.0), kind=SignalKind.RISK))
    AlertStage([TEAM]).step(db, limit=1, now=NOW)
    FlagStage(AlertSettings()).step(db, limit=3, now=NOW)
    return db


def read_alerts(db: Database, folder: Path) -> None:
    alert = records.one(db, 1)
    records.listed(db, records.Filter(), limit=5)
    records.as_of(db, NOW)
    records.as_raised(db, alert)
    records.life(db, alert)
    reading.in_reading_order(db, alert)
    write_message(db, 1, [What.OPEN], "key", Edition())


def read_queue(db: Database, folder: Path) -> None:
    for issue in queue.listed(db, queue.Filter(), limit=5):
        queue.mentions(db, issue)
        queue.log(db, issue.id)
    reading.sources_heard(db, NINE_SEPTEMBER, NOW)


def step(db: Database, folder: Path) -> None:
    AlertStage([TEAM]).step(db, limit=1, now=NOW)
    FlagStage(AlertSettings()).step(db, limit=3, now=NOW)
    DeliverStage([TEAM], folder).step(db, limit=5, now=NOW)


@pytest.mark.parametrize("job", [read_alerts, read_queue, step])
def test_every_query_finds_its_rows_by_an_index(
    db: Database, tmp_path: Path, job: Callable[[Database, Path], None]
) -> None:
    statements: list[str] = []
    db.conn.set_trace_callback(statements.append)
    job(db, tmp_path)
    db.conn.set_trace_callback(None)
    queries = [one for one in statements if one.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))]
    assert len(queries) > 3
    for query in queries:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
        scans = [f"SCAN {table}" for table in LARGE]
        read_whole = [step for step in plan if step.split(" USING")[0].strip() in scans]
        assert not read_whole, (query, plan)
