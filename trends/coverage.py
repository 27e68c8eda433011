"""Outages: which source is not heard that should be, how bad it is, when it is over. Pure.

A source is in an outage when

- it **fails**: no run of it went well for `patience`, counted from the first that failed;
- it is **overdue**: nothing was heard of it for `patience`, not even a heartbeat, while Krasae
  was at work (a line that hangs, a daemon that does not run);
- it is **silent**: it answers, and says nothing, where chance would bring such a silence once a
  year (`listener.collect.silence`).

One outage lasts until the source is heard again (a silent one until it says something) or is no
longer configured, whatever its causes meanwhile.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from listener.collect.ledger import Record
from listener.collect.silence import Rates, expected_rates, silence
from listener.model import DAY_MS, HOUR_MS
from trends.model import Cause, EventState, Outage, Signal, SignalKind
from trends.significance import interval

FIRST_EVENT = 1_000_000_000
"""Outages are numbered from here on, apart from what is detected in mentions."""

_MINUTE_MS = 60_000
_POLL_PATIENCE = 30 * _MINUTE_MS
_STREAM_PATIENCE = 10 * _MINUTE_MS
_INTERVALS = 3
_TOLD_EVERY = HOUR_MS  # the figures are at most so old


@dataclass(frozen=True, slots=True)
class Listened:
    """A source that is configured: its interval (ms), whether it streams, its ledger if any."""

    name: str
    interval: int
    streams: bool
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why, and since when, a source is not heard."""

    cause: Cause
    since: int


def patience(interval: int, *, streams: bool) -> int:
    """How long (ms) a source may fail, or be overdue, before it is an outage."""
    return max(_STREAM_PATIENCE if streams else _POLL_PATIENCE, _INTERVALS * interval)


def trouble(listened: Listened, *, awake_since: int, now: int) -> Trouble | None:
    """What is wrong with a source; None if nothing is, or nothing is known to be.

    `awake_since` is since when Krasae has been at work without a pause.
    """
    record = listened.record
    if record is None:
        return None
    limit = patience(listened.interval, streams=listened.streams)
    heard = record.heard_at if record.heard_at is not None else record.first_at
    if record.failures:
        # Whoever is no longer tried is not failing: Krasae was off, and has yet to ask.
        tried = now <= record.next_at + limit
        failing = now - _first_failure(record, heard) >= limit
        return Trouble(Cause.FAILING, heard) if tried and failing else None
    if now - max(heard, awake_since) >= limit:
        return Trouble(Cause.OVERDUE, heard)
    found = silence(record, now=now)
    return Trouble(Cause.SILENT, found.since) if found else None


def _first_failure(record: Record, heard: int) -> int:
    """When the first of the failures in a row was: the source's open gap was noted then."""
    noted = [gap.known_at for gap in record.gaps if gap.until is None and not gap.final]
    return max(heard, *noted) if noted else heard


def follow(
    known: Mapping[str, Outage],
    listened: Sequence[Listened],
    *,
    awake_since: int,
    now: int,
    next_event: int,
) -> list[Outage]:
    """The outages that are to be told now: new, worse, a day on, or over.

    `known` are the open ones by source. The severity never falls while an outage lasts.
    """
    shares = usual_shares(listened)
    found = {one.name: trouble(one, awake_since=awake_since, now=now) for one in listened}
    told: list[Outage] = []
    for one in sorted(listened, key=lambda one: one.name):
        before, wrong = known.get(one.name), found[one.name]
        if before is not None and one.record is not None and _is_over(before, wrong, one.record):
            told.append(_ended(before, one.record, now))
        elif wrong is not None and one.record is not None:
            others = {name: wrong for name, wrong in found.items() if name != one.name}
            after = _outage(before, wrong, one.record, shares[one.name], others, now)
            if before is None:
                after = replace(after, event=next_event)
                next_event += 1
            if before is None or _is_news(before, after, now):
                told.append(after)
    configured = {one.name for one in listened}
    for name in sorted(known.keys() - configured):
        told.append(replace(known[name], until=now, told_at=now))
    return told


def _is_over(before: Outage, wrong: Trouble | None, record: Record) -> bool:
    if wrong is not None or record.failures:
        return False
    if before.cause is Cause.SILENT:
        return record.item_at != before.item_at
    return record.heard_at != before.heard_at


def _is_news(before: Outage, after: Outage, now: int) -> bool:
    worse = after.severity > before.severity or after.cause is not before.cause
    return worse or now - before.told_at >= _TOLD_EVERY


def _ended(before: Outage, record: Record, now: int) -> Outage:
    until = record.item_at if before.cause is Cause.SILENT else record.heard_at
    until = min(now, until or now)
    missing, spread = expected_between(_rates(record, before.since), before.since, until)
    return replace(
        before, until=until, told_at=now, missing=max(before.missing, missing), spread=spread
    )


def _outage(
    before: Outage | None,
    wrong: Trouble,
    record: Record,
    share: float,
    others: Mapping[str, Trouble | None],
    now: int,
) -> Outage:
    since = before.since if before else wrong.since
    rates = _rates(record, since)
    missing, spread = expected_between(rates, since, now)
    return Outage(
        event=before.event if before else 0,
        source=record.source,
        cause=wrong.cause,
        since=since,
        until=None,
        raised_at=before.raised_at if before else now,
        told_at=now,
        severity=max(severity(share, now - since), before.severity if before else 1),
        heard_at=record.heard_at,
        item_at=record.item_at,
        error=record.error if wrong.cause is Cause.FAILING else None,
        usual=sum(rates.hourly) / 7 if rates else None,
        share=share,
        missing=missing,
        spread=spread,
        up=tuple(sorted(name for name, other in others.items() if other is None)),
        down=tuple(sorted(name for name, other in others.items() if other is not None)),
    )


def _rates(record: Record, since: int) -> Rates | None:
    """What a source usually brought before it was in trouble."""
    return expected_rates([hour for hour in record.hours if hour.start < since])


def severity(share: float, length: int) -> int:
    """From 1 to 10: the source's share of all usual mentions, and how long (ms) it is away.

    severity = 2 + 4 share + 0.65 log2(1 + hours), rounded, at most 10.
    """
    hours = max(0, length) / HOUR_MS
    return min(10, round(2 + 4 * share + 0.65 * math.log2(1 + hours)))


def usual_shares(listened: Iterable[Listened]) -> dict[str, float]:
    """Each source's share of the mentions that all together usually bring."""
    rates = {}
    for one in listened:
        hours = [hour for hour in one.record.hours if hour.heard] if one.record else []
        rates[one.name] = sum(hour.items for hour in hours) / len(hours) if hours else 0.0
    total = sum(rates.values())
    return {name: rate / total if total else 0.0 for name, rate in rates.items()}


def expected_between(rates: Rates | None, since: int, until: int) -> tuple[float, float]:
    """Mean and variance of the items that [since, until) usually brings; 0 when unknown.

    variance = m + sum over days m_day^2 / k, each day having a level of its own.
    """
    if rates is None:
        return 0.0, 0.0
    by_day: defaultdict[int, float] = defaultdict(float)
    for hour in range(since - since % HOUR_MS, until, HOUR_MS):
        part = (min(until, hour + HOUR_MS) - max(since, hour)) / HOUR_MS
        by_day[hour // DAY_MS] += rates.at(hour) * part
    mean = sum(by_day.values())
    return mean, mean + sum(day * day for day in by_day.values()) / rates.level


def signal(outage: Outage) -> Signal:
    """The signal of an outage: its alert is raised, updated or closed by it.

    `series` is the source; `expected`, with its interval, counts the mentions that are missing.
    It has no score: it is no event in what is said, and no part of the alarm budget.
    """
    lower, upper = interval(outage.missing, outage.spread) if outage.missing else (0.0, 0.0)
    return Signal(
        event=outage.event,
        kind=SignalKind.COVERAGE,
        brand="",
        series=outage.source,
        state=EventState.OPEN if outage.until is None else EventState.CLOSED,
        bucket=outage.told_at - outage.told_at % HOUR_MS,
        detected_at=outage.told_at,
        window_start=outage.since,
        window_end=outage.told_at if outage.until is None else outage.until,
        observed=0.0,
        expected=outage.missing,
        lower=lower,
        upper=upper,
        score=0.0,
        severity=outage.severity,
        mentions=0,
        unique_authors=0,
        duplicate_share=0.0,
        negative_share=0.0,
        reach=0,
        terms=(),
        mention_seqs=(),
        history=(),
    )
