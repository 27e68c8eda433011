"""Does detection find what happened, how often does it alarm, and how long does it take.

    python -m benchmarks.detecting DATA [--budget 3] [--stream-budget 35] [--quiet-weeks 26]

DATA holds `stocknet/` and `hackernews/` with their lists of known events. StockNet: tickers
are brands; an event is found when an alert of its ticker, other than for copies, is raised
or grows on its day (within two days after). Hacker News: the whole stream; an event is
found when an alert is raised or grows then whose terms, or a quarter of whose mentions, the
list's pattern recognises. Quiet streams are simulated: every alarm in them is false. Times
are of one process, without reading and enriching.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.streams import Quiet
from listener.model import DAY_MS, WEEK_MS
from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from trends.model import EventState, Observation, Signal
from trends.replay import replay
from trends.settings import TrendSettings

TWELVE = frozenset(
    ["AAPL", "AMZN", "BABA", "CMCSA", "FB", "GOOG", "HD", "JPM", "MSFT", "PCLN", "PFE", "T"]
)
LEARNING_WEEKS = 4
QUIET = {
    "8 brands, over-dispersed": Quiet(),
    "8 brands, Poisson": Quiet(dispersion=0.0),
    "8 brands, strongly clustered": Quiet(dispersion=1.5),
    "60 brands, far below one an hour": Quiet(brands=60, rates=(0.005, 0.3)),
    "one brand, five an hour": Quiet(brands=1, rates=(5.0, 5.0), dispersion=0.1),
}


@dataclass(frozen=True, slots=True)
class Post:
    """A post as a benchmark reads it."""

    published_at: int
    platform: str
    native_id: str
    author: str
    text: str
    followers: int | None = None
    brands: tuple[str, ...] = ("",)


def stocknet(folder: Path) -> list[Post]:
    """StockNet's tweets, each once, with all its tickers."""
    tickers: dict[int, set[str]] = {}
    rows: dict[int, dict[str, Any]] = {}
    for row in _lines(folder / "stocknet" / "tweets_2014.jsonl.gz"):
        rows.setdefault(row["id"], row)
        tickers.setdefault(row["id"], set()).add(row["ticker"])
    return [
        Post(
            published_at=ms(row["created_at"]),
            platform="x",
            native_id=str(native_id),
            author=str(row["user_id"]),
            text=row["text"],
            followers=row["followers"],
            brands=tuple(sorted(tickers[native_id])),
        )
        for native_id, row in rows.items()
    ]


def hacker_news(folder: Path) -> list[Post]:
    """Hacker News stories."""
    return [
        Post(row["time"] * 1000, "hackernews", str(row["id"]), row["by"] or "", row["title"] or "")
        for row in _lines(folder / "hackernews" / "stories_2016_2018.jsonl.gz")
    ]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path) as file:
        for line in file:
            yield json.loads(line)


def ms(text: str) -> int:
    """UTC ms of an ISO date or time that is in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def observed(posts: Sequence[Post], enricher: Enricher) -> tuple[list[Observation], dict[int, str]]:
    """Enriched posts in order of time, and their texts by number."""
    ordered = sorted(posts, key=lambda post: (post.published_at, post.platform, post.native_id))
    found: list[Observation] = []
    rest = iter(ordered)
    while batch := list(islice(rest, 2000)):
        for post, enrichment in zip(
            batch, enricher.enrich([post.text for post in batch]), strict=True
        ):
            author = int.from_bytes(blake2b(post.author.encode(), digest_size=7).digest(), "big")
            found.append(
                Observation(
                    seq=len(found) + 1,
                    published_at=post.published_at,
                    platform=post.platform,
                    native_id=post.native_id,
                    author_id=author,
                    followers=post.followers,
                    sentiment=enrichment.sentiment,
                    intent=enrichment.intent,
                    duplicate_key=enrichment.duplicate_key,
                    risks=enrichment.risks,
                    terms=enrichment.terms,
                    brands=post.brands,
                )
            )
    return found, {number: post.text for number, post in enumerate(ordered, start=1)}


@dataclass(frozen=True, slots=True)
class Run:
    """What a replay gave: its signals and figures."""

    signals: tuple[Signal, ...]
    weeks: float
    seconds: float
    began: int

    @classmethod
    def of(cls, observations: Sequence[Observation], budget: float) -> "Run":
        """Replay a stream."""
        started = time.perf_counter()
        signals = tuple(replay(observations, TrendSettings(alarms_per_week=budget)))
        seconds = time.perf_counter() - started
        began = observations[0].published_at
        weeks = max(1 / 7, (observations[-1].published_at - began) / WEEK_MS)
        return cls(signals, weeks, seconds, began)

    def raised(self) -> list[Signal]:
        """The first signal of each event."""
        first: dict[int, Signal] = {}
        for signal in self.signals:
            first.setdefault(signal.event, signal)
        return list(first.values())

    def report(self, name: str) -> None:
        """Print how many alarms there were, and how long it took."""
        raised = self.raised()
        kinds = Counter(signal.kind.value for signal in raised)
        half = self.began + self.weeks * WEEK_MS / 2
        learnt = self.began + LEARNING_WEEKS * WEEK_MS
        rest = max(1.0, self.weeks - LEARNING_WEEKS)
        later = sum(signal.detected_at >= learnt for signal in raised)
        second = sum(signal.detected_at >= half for signal in raised)
        print(f"{name}: {len(raised)} alarms in {self.weeks:.0f} weeks, {self.seconds:.0f} s")
        print(
            f"  a week: {len(raised) / self.weeks:.2f}; after {LEARNING_WEEKS} weeks "
            f"{later / rest:.2f}; second half "
            f"{second / self.weeks * 2:.2f}; {dict(sorted(kinds.items()))}"
        )


Recognises = Callable[[Signal], bool]


def delays(
    signals: Sequence[Signal], day: int, recognises: Recognises, days: int = 2
) -> tuple[bool, bool]:
    """Whether an event of `day` (UTC ms) is told on its day, and within two days after."""
    told = [
        signal.detected_at - day
        for signal in signals
        if signal.state in (EventState.OPEN, EventState.GROWING)
        and day <= signal.detected_at < day + (days + 1) * DAY_MS
        and recognises(signal)
    ]
    return any(after < DAY_MS for after in told), bool(told)


def find(name: str, run: Run, known: Sequence[tuple[str, str, Recognises]]) -> None:
    """Print which known events (day, name, how to recognise) were found."""
    same = late = 0
    for date, event, recognises in known:
        on_day, within = delays(run.signals, ms(date), recognises)
        same += on_day
        late += within
        if not on_day:
            print(f"  {date} {event}: {'a day or two later' if within else 'missed'}")
    print(f"  {name}: of {len(known)} known events {same} on their day, {late} within two days")


def of_ticker(ticker: str) -> Recognises:
    """An attention or risk alert of this brand."""
    return lambda signal: signal.brand == ticker and signal.kind != "inauthentic"


def of_pattern(pattern: str, texts: dict[int, str]) -> Recognises:
    """An alert whose terms, or a quarter of whose mentions, match."""
    known = re.compile(pattern, re.IGNORECASE)

    def recognises(signal: Signal) -> bool:
        seqs = signal.mention_seqs
        matching = sum(bool(known.search(texts[seq])) for seq in seqs)
        return bool(known.search(" ".join(signal.terms))) or 4 * matching >= len(seqs) > 0

    return recognises


def quiet(weeks: int, budgets: Sequence[float]) -> None:
    """Print false alarms a week on quiet streams beside the budget."""
    print(f"Quiet streams, {weeks} weeks each: false alarms a week for a budget of")
    print(f"  {'':34}" + "".join(f"{budget:>8g}" for budget in budgets))
    for name, stream in QUIET.items():
        observations = stream.observations(seed=1, weeks=weeks)
        rates = [len(Run.of(observations, budget).raised()) / weeks for budget in budgets]
        print(f"  {name:34}" + "".join(f"{rate:8.2f}" for rate in rates))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--budget", type=float, default=3.0, help="alarms a week, StockNet")
    parser.add_argument("--stream-budget", type=float, default=35.0, help="the same, Hacker News")
    parser.add_argument("--quiet-weeks", type=int, default=26)
    chosen = parser.parse_args(arguments)
    enricher = Enricher(NlpSettings())
    tweets, _ = observed(stocknet(chosen.data), enricher)
    events = json.loads((chosen.data / "stocknet" / "known_events_2014.json").read_text("utf-8"))
    twelve = [
        replace(one, brands=brands)
        for one in tweets
        if (brands := tuple(brand for brand in one.brands if brand in TWELVE))
    ]
    for name, stream, brands in (
        ("StockNet, all tickers", tweets, None),
        ("StockNet, twelve tickers", twelve, TWELVE),
    ):
        run = Run.of(stream, chosen.budget)
        run.report(name)
        known = [
            (one["date"], f"{one['ticker']} {one['event']}", of_ticker(one["ticker"]))
            for one in events
            if brands is None or one["ticker"] in brands
        ]
        find(name, run, known)
    stories, texts = observed(hacker_news(chosen.data), enricher)
    path = chosen.data / "hackernews" / "known_events_2016_2018.json"
    known = [
        (one["date"], one["event"], of_pattern(one["regex"], texts))
        for one in json.loads(path.read_text("utf-8"))
    ]
    run = Run.of(stories, chosen.stream_budget)
    run.report("Hacker News")
    find("Hacker News", run, known)
    quiet(chosen.quiet_weeks, (0.5, 1.0, 3.0, 10.0))


if __name__ == "__main__":
    main()
