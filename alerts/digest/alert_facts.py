"""The alerts as they were known at the day's end, and what they use of the alarm budget."""

import re
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from alerts import records
from alerts.alert import Alert
from alerts.digest.commands import Commands, listed
from alerts.digest.day import Day
from alerts.digest.model import AlertFacts, BudgetFacts, Chart, Figure
from alerts.digest.quotes import Quotes
from alerts.reading import in_reading_order
from listener.model import WEEK_MS
from listener.settings import BrandSettings
from trends.model import EventState, SignalKind
from trends.settings import TrendSettings

FULL = 3
"""So many alerts are shown in full; a page of one minute has no room for more."""

_QUOTES = 2
_MINUTE_MS = 60_000


def alerts_known(db: Database, day: Day) -> list[Alert]:
    """All alerts as they were known at the day's end."""
    return [alert for alert in records.as_of(db, day.end - 1) if alert.id is not None]


def alert_facts(
    db: Database,
    known: Sequence[Alert],
    day: Day,
    brands: Mapping[str, BrandSettings],
    trends: TrendSettings,
    quotes: Quotes,
) -> tuple[tuple[AlertFacts, ...], tuple[AlertFacts, ...]]:
    """(open at the day's end, closed in the day), the most severe first; no outages."""

    def facts(alert: Alert, *, full: bool) -> AlertFacts:
        seqs = in_reading_order(db, alert) if full else []
        return AlertFacts(
            alert=alert,
            brand=brands[alert.brand].name if alert.brand in brands else alert.brand,
            terms=_telling(alert, brands.get(alert.brand)),
            new=alert.detected_at >= day.start,
            full=full,
            quotes=quotes.first(seqs, _QUOTES),
            command=f"krasae alerts show {alert.id}",
            rows=f"krasae alerts rows {alert.id}",
            chart=_chart(alert, trends),
        )

    raised = [alert for alert in known if alert.kind is not SignalKind.COVERAGE]
    raised.sort(key=lambda alert: _urgency(alert, brands.get(alert.brand)))
    living = [alert for alert in raised if alert.state is not EventState.CLOSED]
    over = [
        alert
        for alert in raised
        if alert.state is EventState.CLOSED and alert.updated_at >= day.start
    ]
    return (
        tuple(facts(alert, full=place < FULL) for place, alert in enumerate(living)),
        tuple(facts(alert, full=False) for alert in over),
    )


def _urgency(alert: Alert, brand: BrandSettings | None) -> tuple[float | bool, ...]:
    """What comes first: the severe, then risks, then one's own brand, then the surprising."""
    risk = alert.kind is SignalKind.RISK
    return (-alert.severity, not risk, not (brand and brand.own), -alert.score, alert.event)


def _telling(alert: Alert, brand: BrandSettings | None) -> tuple[str, ...]:
    """The terms that the brand is not searched by anyway; all, when there are no others."""
    asked = set(re.findall(r'[^\s()"|]+', brand.query.casefold())) if brand else set()
    telling = tuple(term for term in alert.terms if not set(term.split()) <= asked)
    return telling or alert.terms


def budget_facts(db: Database, day: Day, per_week: float, commands: Commands) -> BudgetFacts:
    """How many alerts were raised in the week and the four weeks to the day's end."""

    def raised(since: int) -> Figure:
        wanted = records.Filter(since=since, until=day.end, kind=records.TRENDS)
        return listed(records.count(db, wanted), commands.alerts(since, day.end))

    return BudgetFacts(per_week, raised(day.end - WEEK_MS), raised(day.end - 4 * WEEK_MS))


def _chart(alert: Alert, trends: TrendSettings) -> Chart:
    """The alert's history, a value a bucket; the last bucket ended a lateness before its signal."""
    bucket = trends.bucket_minutes * _MINUTE_MS
    end = alert.updated_at - trends.lateness_minutes * _MINUTE_MS
    buckets = max(1.0, (alert.window_end - alert.window_start) / bucket)
    return Chart(
        values=alert.history,
        start=end - len(alert.history) * bucket,
        end=end,
        bucket=bucket,
        window=(alert.window_start, alert.window_end),
        lower=alert.lower / buckets,
        expected=alert.expected / buckets,
        upper=alert.upper / buckets,
    )
