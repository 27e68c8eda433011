"""A small workspace in which one day has something of everything; made the same every time."""

from collections.abc import Sequence
from datetime import date

from sqlite_utils import Database

from alerts import queue
from alerts.digest.day import Day, day_of
from alerts.digest.facts import gather
from alerts.digest.model import Facts
from alerts.issue import Action
from alerts.settings import AlertSettings
from alerts.stage import AlertStage, FlagStage
from listener.model import DAY_MS, HOUR_MS
from listener.settings import BrandSettings, WorkspaceSettings
from listener.stage import run_to_end
from listener.store import transaction
from tests.alerts.making import put_signals, say, signal
from trends.model import EventState, Signal, SignalKind
from trends.settings import TrendSettings

ZONE = "Asia/Bangkok"
TENTH = day_of(date(2014, 9, 10), hour="08:30", timezone=ZONE)
NINE = TENTH.start + HOUR_MS // 2  # nine o'clock, where a bucket begins
WORKSPACE = WorkspaceSettings(name="Barbecue & Co.", timezone=ZONE)
BRANDS = (
    BrandSettings(id="bbq", name="Bar B Q Plaza", query='"bar b q"', own=True),
    BrandSettings(id="apple", name="Apple", query="apple"),
    BrandSettings(id="hd", name="The Home Depot", query='"home depot"'),
    BrandSettings(id="calm", name="Calm Co.", query="calm"),
    BrandSettings(id="nobody", name="Nobody Ltd.", query="nobody"),
)
_MOODS = ("positive", "negative", "neutral")
_OVER = {"state": EventState.CLOSED}


def history(db: Database, brand: str, *, days: int = 28, until: int = TENTH.start) -> None:
    """One mention at the same hour of each of the days before `until`."""
    for day in range(days, 0, -1):
        at = until - day * DAY_MS
        say(db, f"{brand}, {day}", author=f"h{day}", at=at, brand=brand, sentiment=_MOODS[day % 3])


def enriched(db: Database) -> None:
    """Note that the enrich stage has read everything."""
    last = db.execute("SELECT coalesce(max(seq), 0) FROM mentions").fetchone()[0]
    with transaction(db) as connection:
        connection.execute("INSERT OR REPLACE INTO cursors VALUES ('enrich', ?)", [last])


def stages(db: Database) -> None:
    """Alerts from the signals, issues from the mentions."""
    enriched(db)
    run_to_end(AlertStage(own={"bbq", "bad"}), db, now=TENTH.end)
    run_to_end(FlagStage(AlertSettings(), own={"bbq", "bad"}), db, now=TENTH.end)


def a_full_day(db: Database) -> None:
    """Alerts of every kind, new, going on and over; a queue with a history; questions.

    Somebody goes on working after the day's end.
    """
    for brand in ("bbq", "apple", "hd", "calm"):
        history(db, brand)
    put_signals(db, [*_sauce(db), *_breach(db), *_copies(db), *_watch(db), *_old(db)])
    say(db, "Calm as ever", author="calm", at=TENTH.start + HOUR_MS, brand="calm")
    stages(db)
    first, second, *_ = queue.listed(db, queue.Filter(), limit=10)
    at = TENTH.end - HOUR_MS
    queue.act(db, first, Action.ASSIGN, by="nok", at=at, assignee="ploy")
    queue.act(db, second, Action.DISMISS, by="nok", at=at, note="a joke")
    queue.act(db, queue.one(db, first.id), Action.RESOLVE, by="ploy", at=TENTH.end + HOUR_MS)


def _step(event: int, brand: str, kind: SignalKind, at: int, **changes: object) -> Signal:
    end = at + 6 * HOUR_MS
    window = {"window_start": at, "window_end": end, "detected_at": end + HOUR_MS // 4}
    values = {"event": event, "brand": brand, "kind": kind, "state": EventState.OPEN}
    return signal(**{**window, **values, **changes})


def _sauce(db: Database) -> list[Signal]:
    """Own brand: a surge about a sauce, with praise, complaints and questions."""
    at = NINE + 4 * HOUR_MS
    said = [
        ("น้ำจิ้มสูตรใหม่อร่อยมากกก 555", "positive", "other", 1_200),
        ("น้ำจิ้มสูตรใหม่มีขายกลับบ้านไหม", "neutral", "question", 48_000),
        ("รอคิวนานมาก แอร์ก็ไม่เย็น ไม่โอเคเลย", "negative", "other", 52_000),
        ("เจอแมลงในน้ำจิ้มสาขาสยาม", "negative", "other", 310),
        ("สาขาเชียงใหม่เปิดกี่โมงคะ", "neutral", "question", 90),
    ]
    seqs = [
        say(
            db,
            text,
            author=f"sauce{number}",
            at=at + number * HOUR_MS,
            followers=followers,
            brand="bbq",
            sentiment=mood,
            intent=intent,
            risks=("safety",) if "แมลง" in text else (),
            terms=("น้ำจิ้ม", "#บาร์บีก้อน") if "น้ำจิ้ม" in text else (),
            url=f"https://example.org/{number}",
        )
        for number, (text, mood, intent, followers) in enumerate(said)
    ]
    first = _step(
        1,
        "bbq",
        SignalKind.SURGE,
        at,
        severity=6,
        observed=4.0,
        expected=0.9,
        lower=0.0,
        upper=3.0,
        mentions=len(seqs),
        unique_authors=len(seqs),
        duplicate_share=0.0,
        negative_share=0.4,
        reach=101_600,
        terms=("น้ำจิ้ม", "#บาร์บีก้อน", "สาขาสยาม"),
        mention_seqs=tuple(seqs),
        history=(0.0, 1.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 1.0, 4.0),
    )
    return [first]


def _breach(db: Database) -> list[Signal]:
    """A competitor's risk: a data breach, growing."""
    at = NINE + 6 * HOUR_MS
    seqs = [
        say(
            db,
            f"Home Depot investigates a data breach, report {number}",
            author=f"breach{number}",
            at=at + number * HOUR_MS,
            followers=50_000 * number,
            brand="hd",
            sentiment="negative",
            risks=("privacy",),
            terms=("data breach",),
        )
        for number in range(1, 4)
    ]
    risk = {
        "series": "privacy",
        "observed": 3.0,
        "expected": 0.1,
        "lower": 0.0,
        "upper": 1.0,
        "mentions": 3,
        "unique_authors": 3,
        "duplicate_share": 0.0,
        "negative_share": 1.0,
        "reach": 300_000,
        "terms": ("data breach", "home depot"),
        "mention_seqs": tuple(seqs),
        "history": (0.0,) * 20 + (1.0, 3.0),
    }
    later = at + HOUR_MS
    return [
        _step(2, "hd", SignalKind.RISK, at, severity=7, score=2.0, **risk),
        _step(2, "hd", SignalKind.RISK, later, severity=9, state=EventState.GROWING, **risk),
    ]


def _copies(db: Database) -> list[Signal]:
    """Copies about a competitor since the day before: going on, and over two days later."""
    at = NINE - DAY_MS // 2
    seqs = [
        say(
            db,
            "RT: Apple buys Bar B Q Plaza!!!",
            author=f"copy{number}",
            at=at + number,
            followers=0,
            brand="apple",
            copies=9,
            terms=("apple buys",),
        )
        for number in range(3)
    ]
    known = {
        "series": "copies",
        "severity": 4,
        "observed": 3.0,
        "expected": 0.0,
        "lower": 0.0,
        "upper": 0.0,
        "mentions": 3,
        "unique_authors": 3,
        "duplicate_share": 1.0,
        "negative_share": 0.0,
        "reach": 0,
        "terms": ("apple buys",),
        "mention_seqs": tuple(seqs),
    }
    return [
        _step(3, "apple", SignalKind.INAUTHENTIC, at, **known),
        _step(3, "apple", SignalKind.INAUTHENTIC, at + 2 * DAY_MS, **known, **_OVER),
    ]


def _watch(db: Database) -> list[Signal]:
    """Something new at a competitor, over within the day."""
    at = NINE - DAY_MS
    seqs = [say(db, "An Apple Watch?", author="w", at=at, brand="apple", terms=("apple watch",))]
    watch = {"terms": ("apple watch",), "mention_seqs": tuple(seqs), "mentions": 1}
    return [
        _step(4, "apple", SignalKind.EMERGING, at, **watch),
        _step(4, "apple", SignalKind.EMERGING, at + DAY_MS, **watch, **_OVER),
    ]


def _old(db: Database) -> list[Signal]:
    """An alert that was over two weeks ago: it only counts in the budget."""
    at = NINE - 14 * DAY_MS
    return [
        _step(5, "calm", SignalKind.SURGE, at, mention_seqs=()),
        _step(5, "calm", SignalKind.SURGE, at, mention_seqs=(), **_OVER),
    ]


def facts_of(
    db: Database,
    day: Day = TENTH,
    *,
    brands: Sequence[BrandSettings] = BRANDS,
    sources: Sequence[str] = (),
) -> Facts:
    """The day's facts."""
    return gather(
        db, day, workspace=WORKSPACE, brands=brands, sources=sources, trends=TrendSettings()
    )
