"""The count stage: buckets that the watermark has passed are counted, per brand, once."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import orjson
from sqlite_utils import Database

from listener.stage import IDLE, Step
from listener.store import advance, position
from trends.counting import AUTHOR_MEMORY_MS, COPY_MEMORY_MS, brand_counts, count_bucket
from trends.season import Cut
from trends.settings import TrendSettings
from trends.stage.kept import seen_in_tables
from trends.stage.rows import (
    ADD_LATE,
    INSERT_COUNTED,
    INSERT_COUNTS,
    WHOLE_STREAM,
    count_row,
    stored_observations,
)

ENRICH = "enrich"
"""The stage whose cursor says up to which mention there are enrichments."""

ARRIVED = "count.arrived"
"""The cursor up to which arrivals were asked whether they came late."""


class CountStage:
    """Counts closed buckets. Its cursor is the end of the last one.

    The watermark is the latest time of publication among the enriched mentions (those
    that are dated after `now` aside) less the lateness. With `flush` every bucket that has
    a mention is closed: for input that has an end. A mention that comes for a closed
    bucket is counted as late and nowhere else. With `whole_stream` all mentions count, for
    the brand "".
    """

    name = "count"
    needs: tuple[str, ...] = (ENRICH,)

    def __init__(
        self, settings: TrendSettings, *, flush: bool = False, whole_stream: bool = False
    ) -> None:
        self.settings = settings
        self.flush = flush
        self.whole_stream = whole_stream
        self._cut = Cut.of(settings.bucket_minutes)

    def backlog(self, db: Database) -> int:
        """Mentions that are enriched and not counted."""
        since, arrived = position(db, self.name), position(db, ENRICH)
        return _one(db, _WAITING, [since, _END, arrived]) or 0

    def step(self, db: Database, *, limit: int, now: int) -> Step:
        """Close whole buckets until about `limit` mentions are counted."""
        since, arrived, known = (position(db, at) for at in (self.name, ENRICH, ARRIVED))
        until = max(since, self._until(db, since, arrived, limit, now))
        if until == since and arrived == known:
            return IDLE
        read = _one(db, _WAITING, [since, until, arrived]) or 0
        late = self._late(db, since, known, arrived)
        seen = seen_in_tables(db)
        found = stored_observations(
            db, since=since, until=until, arrived=arrived, whole_stream=self.whole_stream
        )
        rows, counts = [], []
        for number, group in groupby(found, lambda one: self._cut.number(one.published_at)):
            start = self._cut.start(number)
            counted = count_bucket(seen, group)
            rows += [(start, c.brand, c.observation.seq, c.standing.value) for c in counted]
            counts += [count_row(count) for count in brand_counts(start, counted)]
        with advance(db, self.name, since=since, to=until) as connection:
            connection.executemany(INSERT_COUNTED, rows)
            connection.executemany(INSERT_COUNTS, counts)
            connection.executemany(ADD_LATE, late)
            seen.authors.write(connection)
            seen.copies.write(connection)
            connection.execute(_FORGET_AUTHORS, [until - AUTHOR_MEMORY_MS])
            connection.execute(_FORGET_COPIES, [until - COPY_MEMORY_MS])
            connection.execute(_SET_CURSOR, [ARRIVED, arrived])
        return Step(read=read + sum(number for _, _, number in late), written=len(counts))

    def _until(self, db: Database, since: int, arrived: int, limit: int, now: int) -> int:
        """The end of what can be closed now, in whole buckets of about `limit` mentions."""
        latest = _one(db, _LATEST, [now, arrived])
        if latest is None:
            return since
        if self.flush:
            closed = self._cut.number(latest) + 1
        else:
            closed = self._cut.number(latest - self.settings.lateness_minutes * 60_000)
        last = _one(db, _NTH, [since, arrived, max(0, limit - 1)])
        if last is not None:
            closed = min(closed, self._cut.number(last) + 1)
        return self._cut.start(closed)

    def _late(
        self, db: Database, frontier: int, known: int, arrived: int
    ) -> list[tuple[str, int, int]]:
        """Mentions that came for closed buckets since the last step: brand, bucket, number."""
        late: dict[tuple[str, int], int] = {}
        for published_at, brands in db.execute(_CAME_LATE, [known, arrived, frontier]):
            start = self._cut.start(self._cut.number(published_at))
            for brand in WHOLE_STREAM if self.whole_stream else orjson.loads(brands):
                late[brand, start] = late.get((brand, start), 0) + 1
        return [(brand, start, number) for (brand, start), number in sorted(late.items())]


_END = 2**62
_WAITING = "SELECT count(*) FROM mentions WHERE published_at >= ? AND published_at < ? AND seq <= ?"
_LATEST = """
SELECT published_at FROM mentions WHERE published_at <= ? AND seq <= ?
ORDER BY published_at DESC LIMIT 1
"""
_NTH = """
SELECT published_at FROM mentions WHERE published_at >= ? AND seq <= ?
ORDER BY published_at LIMIT 1 OFFSET ?
"""
_CAME_LATE = """
SELECT published_at,
    (SELECT json_group_array(brand) FROM brand_matches WHERE mention_seq = seq)
FROM mentions WHERE seq > ? AND seq <= ? AND published_at < ? AND deleted_at IS NULL
"""
_FORGET_AUTHORS = "DELETE FROM seen_authors WHERE at <= ?"
_FORGET_COPIES = "DELETE FROM seen_copies WHERE at <= ?"
_SET_CURSOR = """
INSERT INTO cursors (stage, position) VALUES (?, ?)
ON CONFLICT (stage) DO UPDATE SET position = excluded.position
"""


def _one(db: Database, query: str, values: Sequence[Any]) -> int | None:
    row = db.execute(query, values).fetchone()
    return int(row[0]) if row else None
