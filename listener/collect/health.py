"""The health of the configured sources: the ledger and the time, put together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from listener.collect.ledger import GapRecord, Record, records
from listener.collect.silence import Silence, State, expected_rates, silence, state
from listener.collect.spending import Account, accounts
from listener.collect.station import Station
from listener.model import DAY_MS, HOUR_MS


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is. Counts are of the last 24 hours; `usual` is what they usually bring.

    `record` is None for one that was never tried, `usual` while its history is too short.
    `spending` are its budgets, if it has any.
    """

    station: Station
    state: State
    record: Record | None = None
    silence: Silence | None = None
    items: int = 0
    refused: int = 0
    requests: int = 0
    usual: float | None = None
    spending: tuple[Account, ...] = ()

    @property
    def open_gaps(self) -> tuple[GapRecord, ...]:
        """What was missed, in the last eight weeks, and not had later."""
        gaps = self.record.gaps if self.record else ()
        return tuple(gap for gap in gaps if gap.repaired_at is None)


def healths(db: Database, stations: Sequence[Station], *, now: int) -> tuple[Health, ...]:
    """The health of each station, in their order. `now` in UTC ms."""
    known = records(db, now=now)
    spending = accounts(db, now=now)
    return tuple(
        replace(
            _health(station, known.get(station.name), now),
            spending=tuple(one for one in spending if one.source == station.name),
        )
        for station in stations
    )


def _health(station: Station, record: Record | None, now: int) -> Health:
    found = state(record, interval=station.interval, now=now)
    if record is None:
        return Health(station, found)
    today = [hour for hour in record.hours if hour.start > now - DAY_MS]
    rates = expected_rates(record.hours)
    usual = None
    if rates:
        usual = sum(rates.at(now - back * HOUR_MS) for back in range(24))
    return Health(
        station,
        found,
        record,
        silence(record, now=now),
        items=sum(hour.items for hour in today),
        refused=sum(hour.refused for hour in today),
        requests=sum(hour.requests for hour in today),
        usual=usual,
    )
