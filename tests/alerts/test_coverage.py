"""An outage of a source, from the ledger to the channels, the digest and `krasae alerts`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from sqlite_utils import Database

from alerts import records
from alerts.digest import render
from alerts.digest.model import Facts
from alerts.message import Edition, coverage, write_message
from alerts.outbox import What
from alerts.reading import sources_heard
from alerts.settings import ChannelSettings
from alerts.stage import AlertStage, DeliverStage
from krasae.workspace import Workspace
from listener.collect.ledger import note_batch, note_caught_up, note_failure
from listener.model import DAY_MS, HOUR_MS
from listener.source import Batch
from listener.stage import run_to_end
from listener.store import transaction
from tests.alerts.digest.making import TENTH, enriched, facts_of, history
from tests.alerts.making import NINE_SEPTEMBER, database, put_signals, say, signal
from tests.conftest import Ran
from tests.listener.collect.scripted import Platform, station
from trends.model import EventState, SignalKind
from trends.stage import CoverageStage

MINUTE = 60_000
DIED = NINE_SEPTEMBER
BLUESKY = station(Platform(), "bluesky", "poll", "backfill")
FEEDS = station(Platform(), "feeds", "poll", "backfill")
TEAM = [ChannelSettings(name="team", type="folder", options={"path": "out"})]


def well(db: Database, *names: str, until: int = DIED) -> None:
    """Sources that brought ten mentions an hour for four weeks."""
    with transaction(db) as connection:
        for name in names:
            connection.execute(
                "INSERT INTO source_health (source, type, first_at, next_at, heard_at, item_at) "
                "VALUES (?, 'scripted', ?, ?, ?, ?)",
                [name, until - 28 * DAY_MS, until, until, until - 1000],
            )
            first = until - until % HOUR_MS - 28 * DAY_MS
            connection.executemany(
                "INSERT INTO source_hours (source, hour, heard, items, refused, requests) "
                "VALUES (?, ?, 1, 10, 0, 1)",
                [(name, first + n * HOUR_MS) for n in range(28 * 24)],
            )


def go_on(db: Database, folder: Path, *, hours: float, dead: bool = True) -> None:
    """An outage of Bluesky's so many hours after its beginning, while the feeds go on."""
    now = DIED + round(hours * HOUR_MS)
    with transaction(db) as connection:
        note_batch(connection, FEEDS, Batch("1"), new=3, requests=1, now=now)
        note_caught_up(connection, FEEDS, requests=1, now=now)
        if dead:
            note_failure(
                connection, BLUESKY, "HTTP 503 by bsky.social", requests=1, now=now, asked=None
            )
        else:
            note_caught_up(connection, BLUESKY, requests=1, now=now)
    for stage in (
        CoverageStage([BLUESKY, FEEDS]),
        AlertStage(TEAM),
        DeliverStage(TEAM, folder, Edition("en", "Asia/Bangkok")),
    ):
        run_to_end(stage, db, now=now)


def an_outage(db: Database, folder: Path, *, hours: int = 24, over: bool = False) -> None:
    """Tried every half hour for so long."""
    well(db, "bluesky", "feeds")
    for half in range(2 * hours + 1):
        go_on(db, folder, hours=half / 2)
    if over:
        go_on(db, folder, hours=hours + 0.5, dead=False)


def words(facts: Facts, language: str = "en") -> str:
    """The digest's text on one line."""
    text = render.text(facts, language=language, timezone="Asia/Bangkok").decode()
    return " ".join(text.split())


def test_an_outage_is_one_alert_and_a_few_messages(tmp_path: Path) -> None:
    db = database()
    an_outage(db, tmp_path, over=True)
    [alert] = records.listed(db, records.Filter(), limit=9)
    assert (alert.kind, alert.series, alert.state) == (
        SignalKind.COVERAGE,
        "bluesky",
        EventState.CLOSED,
    )
    assert alert.detected_at == DIED + HOUR_MS // 2
    whats = [row[0] for row in db.execute("SELECT what FROM outbox ORDER BY id")]
    assert whats[0] == "open"
    assert whats[-1] == "close"
    assert len(whats) <= 4
    assert len(list((tmp_path / "out").glob("*.txt"))) == len(whats)


def test_the_message_says_what_a_strategist_needs(tmp_path: Path) -> None:
    db = database()
    an_outage(db, tmp_path)
    message = write_message(db, 1, [What.OPEN], "key", Edition("en", "Asia/Bangkok"))
    assert message.title == (
        "[7] bluesky has not been heard since 10 Sep 2014 00:00: about 235 mentions are missing"
    )
    for line in (
        "Source: bluesky",
        "Not heard: since 10 Sep 2014 00:00",
        "Known since: 10 Sep 2014 00:30",
        "Why: it cannot be reached: HTTP 503 by bsky.social",
        "Usually: 240 mentions a day, 50% of what all sources bring",
        "Heard meanwhile: feeds",
    ):
        assert line in message.text
    assert "Reach" not in message.text
    assert message.values["outage"]["cause"] == "failing"
    assert message.values["outage"]["since"] == "2014-09-09T17:00:00Z"
    assert orjson.loads(orjson.dumps(message.values))["outage"]["up"] == ["feeds"]
    thai = write_message(db, 1, [What.OPEN], "key", Edition("th", "Asia/Bangkok"))
    assert "สาเหตุ: เชื่อมต่อไม่ได้: HTTP 503 by bsky.social" in thai.text
    assert thai.title.startswith("[7] ไม่ได้รับข้อมูลจาก bluesky ตั้งแต่ 10 ก.ย. 2557 00:00 น.")


def test_what_was_had_later_is_not_called_missing(tmp_path: Path) -> None:
    db = database()
    an_outage(db, tmp_path, hours=4, over=True)
    message = write_message(db, 1, [What.CLOSE], "key", Edition("en", "UTC"))
    assert "Missing: nothing any more: what was said meanwhile was had later" in message.text
    assert message.values["outage"]["had_later"] is True


def test_outages_are_outside_the_alarm_budget_and_no_trend(tmp_path: Path) -> None:
    db = database()
    history(db, "bbq", until=TENTH.end)
    an_outage(db, tmp_path)
    enriched(db)
    facts = facts_of(db)
    assert facts.alerts == facts.closed == ()
    assert [outage.series for outage in facts.outages] == ["bluesky"]
    assert (facts.budget.week.value, facts.open_alerts.value) == (0, 0)
    trends = records.Filter(kind=records.TRENDS)
    assert (records.count(db, trends), records.listed_as_of(db, TENTH.end, trends)) == (0, [])
    assert records.count(db, records.Filter(kind="coverage")) == 1
    assert len(records.listed_as_of(db, TENTH.end, records.Filter(kind="coverage"))) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "bluesky has not been heard since 10 Sep 2014 00:00: about"),
        ("th", "ไม่ได้รับข้อมูลจาก bluesky ตั้งแต่ 10 ก.ย. 2557 00:00 น.: ขาดไปประมาณ"),
    ],
)
def test_the_digest_warns_of_an_outage(language: str, said: str, tmp_path: Path) -> None:
    db = database()
    history(db, "bbq", until=TENTH.end)
    an_outage(db, tmp_path, hours=8)
    enriched(db)
    facts = facts_of(db)
    text = words(facts, language)
    page = render.html(facts, language=language, timezone="Asia/Bangkok").decode()
    assert said in text
    assert said in page
    if language == "en":
        assert "Nothing unusual was heard, but bluesky is silent." in text
        assert "None in what was heard; but not all was heard, see above." in text


def test_the_digest_of_the_day_after_tells_that_it_is_over(tmp_path: Path) -> None:
    db = database()
    history(db, "bbq", until=TENTH.end)
    an_outage(db, tmp_path, hours=4, over=True)
    enriched(db)
    text = words(facts_of(db))
    assert "! bluesky was not heard 10 Sep 00:00–04:30: about 45 mentions were missing" in text
    assert "A calm day: nothing unusual." in text
    start, end = TENTH.start + 3 * DAY_MS, TENTH.end + 3 * DAY_MS
    later = facts_of(db, replace(TENTH, start=start, end=end))
    assert later.outages == ()


def test_the_list_and_the_full_page(
    workspace: Workspace, krasae: Callable[..., Ran], tmp_path: Path
) -> None:
    an_outage(workspace.db, tmp_path)
    listed = krasae("alerts", "--kind", "coverage", cwd=workspace.folder)
    assert listed.code == 0
    assert "bluesky has not been heard since" in listed.out
    assert krasae("alerts", "--kind", "trends", "--json", cwd=workspace.folder).out == ""
    shown = krasae("alerts", "show", "1", cwd=workspace.folder)
    assert shown.code == 0
    for part in ("it cannot be reached", "krasae sources", "--source bluesky", "Last answer"):
        assert part in shown.out
    assert "Read first" not in shown.out
    assert "Trend" not in shown.out
    full = orjson.loads(krasae("alerts", "show", "1", "--json", cwd=workspace.folder).out)
    assert full["outage"]["cause"] == "failing"
    assert full["kind"] == "coverage"
    assert krasae("alerts", "rows", "1", cwd=workspace.folder).code == 0


# -- the evidence of every alert: which sources were up ---------------------------------------


def test_evidence_tells_quiet_from_missing(tmp_path: Path) -> None:
    db = database()
    an_outage(db, tmp_path, hours=4)
    say(db, "from the stream", at=DIED + HOUR_MS)
    say(db, "of yesterday", at=DIED - HOUR_MS)
    db.execute("UPDATE mentions SET source = 'import old.csv' WHERE published_at < ?", [DIED])
    heard = {one.source: one for one in sources_heard(db, DIED, DIED + 3 * HOUR_MS)}
    assert {name: (one.mentions, one.silent) for name, one in heard.items()} == {
        "bluesky": (0, True),
        "feeds": (0, False),
        "import old.csv": (0, True),
        "stream": (1, False),
    }
    assert heard["bluesky"].gaps == ((DIED, DIED + 3 * HOUR_MS),)
    assert heard["import old.csv"].answered is None
    said = coverage(list(heard.values()), Edition("en", "UTC"))
    assert said == (
        "bluesky SILENT, never heard in the week before (missing: 9 Sep 17:00–20:00); "
        "feeds answered, nothing was said; "
        "import old.csv SILENT since 9 Sep 2014 16:00; "
        "stream 1, last 9 Sep 2014 18:00"
    )


def test_a_gap_that_was_repaired_is_not_shown(tmp_path: Path) -> None:
    db = database()
    an_outage(db, tmp_path, hours=2, over=True)
    put_signals(db, [signal(mention_seqs=())])
    run_to_end(AlertStage(), db, now=DIED + DAY_MS)
    message = write_message(db, 2, [What.OPEN], "key", Edition())
    assert "missing" not in message.text
    [bluesky, _] = message.values["sources"]
    assert (bluesky["source"], bluesky["gaps"], bluesky["answered"]) == ("bluesky", [], True)
