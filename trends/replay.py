"""Replay: the live detection over history. `krasae backtest` is this.

The stages (`trends.stage`) and this call the same two functions, `count_bucket` and
`Detection.step`, once for each closed bucket that has mentions; that is why they agree.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from listener.errors import InputError
from listener.model import DAY_MS
from trends.counting import SeenInMemory, count_bucket
from trends.detection import Detection
from trends.gaps import Gap
from trends.model import Observation, Signal
from trends.settings import TrendSettings
from trends.vocabulary import Level, forgotten

_FORGET_EVERY_MS = 30 * DAY_MS


def replay(
    observations: Iterable[Observation],
    settings: TrendSettings,
    *,
    gaps: Sequence[Gap] = (),
    flush: bool = True,
) -> Iterator[Signal]:
    """The signals that these observations, in order of time, would have given live.

    `gaps` are those of the ledger, whenever they became known. With `flush` the last buckets
    are closed as well, as for input that has an end; without, only those that end before the
    latest observation less the lateness. Holds what was seen lately and what is usual, not the
    observations. Raises InputError when they are not in order of time, bucket by bucket.
    """
    levels: dict[int, Level] = {}
    seen = SeenInMemory()
    detection = Detection(settings, levels, gaps=gaps)
    forget_at = 0
    for number, group in closed_buckets(observations, settings, flush=flush):
        now = detection.cut.start(number)
        if now >= forget_at:
            seen.forget(now)
            _forget(levels, detection)
            forget_at = now + _FORGET_EVERY_MS
        yield from detection.step(number, count_bucket(seen, group))


def _forget(levels: dict[int, Level], detection: Detection) -> None:
    if detection.recent:
        oldest = detection.recent[0][0]  # still to be learnt
        memory = detection.vocabulary.memory
        for term in [t for t, one in levels.items() if forgotten(one, oldest, memory)]:
            del levels[term]


def closed_buckets(
    observations: Iterable[Observation], settings: TrendSettings, *, flush: bool
) -> Iterator[tuple[int, list[Observation]]]:
    """The closed buckets that have observations, by number."""
    bucket_ms = settings.bucket_minutes * 60_000
    lateness_ms = settings.lateness_minutes * 60_000
    open_buckets: deque[tuple[int, list[Observation]]] = deque()
    for number, group in groupby(observations, lambda one: one.published_at // bucket_ms):
        if open_buckets and number <= open_buckets[-1][0]:
            raise InputError(
                "The mentions to replay are not in order of time.",
                remedy="Sort them by the time of publication.",
            )
        open_buckets.append((number, list(group)))
        watermark = max(one.published_at for one in open_buckets[-1][1]) - lateness_ms
        while (open_buckets[0][0] + 1) * bucket_ms <= watermark:
            yield open_buckets.popleft()
    if flush:
        yield from open_buckets
