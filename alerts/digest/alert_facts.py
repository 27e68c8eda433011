"""The alerts as they were known at the day's end, and what they use of the alarm budget."""

from collections.abc import Mapping

from sqlite_utils import Database

from alerts import records
from alerts.alert import Alert
from alerts.digest.commands import Commands
from alerts.digest.day import Day
from alerts.digest.model import AlertFacts, BudgetFacts, Chart, Figure
from alerts.digest.quotes import first_different
from alerts.reading import in_reading_order
from listener.model import WEEK_MS
from listener.settings import BrandSettings
from trends.model import EventState
from trends.settings import TrendSettings

_QUOTES = 2
_MINUTE_MS = 60_000


def alert_facts(
    db: Database, day: Day, brands: Mapping[str, BrandSettings], trends: TrendSettings
) -> tuple[tuple[AlertFacts, ...], tuple[AlertFacts, ...]]:
    """(open at the day's end, closed in the day), the most severe first."""
    known = records.as_of(db, day.end - 1, since=day.usual_start)
    known.sort(key=lambda alert: (-alert.severity, -alert.score, alert.event))
    closed = [alert for alert in known if alert.state is EventState.CLOSED]
    fresh = [alert for alert in closed if alert.updated_at >= day.start]
    return (
        tuple(_facts(db, day, alert, brands, trends) for alert in known if alert not in closed),
        tuple(_facts(db, day, alert, brands, trends) for alert in fresh),
    )


def budget_facts(db: Database, day: Day, per_week: float, commands: Commands) -> BudgetFacts:
    """How many alerts were raised in the week and the four weeks to the day's end."""

    def raised(since: int) -> Figure:
        wanted = records.Filter(since=since, until=day.end)
        return Figure(records.count(db, wanted), commands.alerts(since, day.end))

    return BudgetFacts(per_week, raised(day.end - WEEK_MS), raised(day.end - 4 * WEEK_MS))


def _facts(
    db: Database,
    day: Day,
    alert: Alert,
    brands: Mapping[str, BrandSettings],
    trends: TrendSettings,
) -> AlertFacts:
    brand = brands.get(alert.brand)
    return AlertFacts(
        alert=alert,
        brand=brand.name if brand else alert.brand,
        own=bool(brand and brand.own),
        new=alert.detected_at >= day.start,
        quotes=first_different(db, in_reading_order(db, alert), _QUOTES),
        command=f"krasae alerts show {alert.id}",
        rows=f"krasae alerts rows {alert.id}",
        chart=_chart(alert, trends),
    )


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
