"""All that a digest says, read from the store. No clock: the same database, the same facts."""

from collections.abc import Sequence

from sqlite_utils import Database

from alerts.digest.alert_facts import alert_facts, alerts_known, budget_facts
from alerts.digest.brand_facts import brand_facts, questions_to_read
from alerts.digest.commands import Commands, listed
from alerts.digest.coverage_facts import coverage_facts, outages_in
from alerts.digest.day import USUAL_DAYS, Day
from alerts.digest.model import Facts
from alerts.digest.queue_facts import queue_facts
from alerts.digest.quotes import Quotes
from listener.model import DAY_MS
from listener.settings import BrandSettings, WorkspaceSettings
from trends.settings import TrendSettings


def gather(
    db: Database,
    day: Day,
    *,
    workspace: WorkspaceSettings,
    brands: Sequence[BrandSettings],
    sources: Sequence[str],
    trends: TrendSettings,
) -> Facts:
    """Read one day's facts; `sources` are the names of the configured ones."""
    # One read transaction: all figures are of one moment, however busy the collectors are.
    db.conn.execute("BEGIN")
    try:
        return _gather(db, day, workspace, brands, sources, trends)
    finally:
        db.conn.execute("COMMIT")


def _gather(
    db: Database,
    day: Day,
    workspace: WorkspaceSettings,
    brands: Sequence[BrandSettings],
    sources: Sequence[str],
    trends: TrendSettings,
) -> Facts:
    commands = Commands(workspace.timezone)
    by_id = {brand.id: brand for brand in brands}
    own = [brand.id for brand in brands if brand.own] or list(by_id)
    first = db.execute("SELECT min(published_at) FROM mentions").fetchone()[0]
    history_days = _days(first, day.end)
    usual_days = _days(first, day.start)
    quotes = Quotes(db)
    known = alerts_known(db, day)
    opened, closed = alert_facts(db, known, day, by_id, trends, quotes)
    outages = outages_in(known, day)
    counted = brand_facts(db, day, brands, commands)
    noisy = {fact.alert.brand for fact in (*opened, *closed)}
    return Facts(
        day=day,
        workspace=workspace.name,
        alerts=opened,
        open_alerts=listed(len(opened), commands.open_alerts(day.end)),
        closed=closed,
        queue=queue_facts(db, day, by_id, commands),
        brands=counted,
        questions=questions_to_read(db, day, own, quotes),
        quiet=tuple(
            b.name for b in counted if b.id and b.today.mentions.value and b.id not in noisy
        ),
        unheard=tuple(
            b.name for b in counted if b.id and not b.today.mentions.value and b.id not in noisy
        ),
        coverage=coverage_facts(db, day, sources, commands, usual_days, outages),
        outages=outages,
        budget=budget_facts(db, day, trends.alarms_per_week, commands),
        history_days=int(history_days),
        usual_days=usual_days,
    )


def _days(first: int | None, until: int) -> float:
    """Days of history before a time, at most the usual 28; 0 when there is none."""
    return min(max(until - first, 0) / DAY_MS, USUAL_DAYS) if first is not None else 0.0
