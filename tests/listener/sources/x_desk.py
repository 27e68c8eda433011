"""A small X for tests: counts, posts, an account and compliance jobs, as a test wants them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from pydantic import SecretStr

from listener.collect.station import Station, Surroundings, hear, stations
from listener.errors import SourceError
from listener.model import HOUR_MS, Mention
from listener.payloads.x import id_at
from listener.settings import SourceSettings
from listener.source import Batch, Budget, Context, PocketPurse, Stopped
from tests.recordings.loopback import Answer, Loopback, Request
from tests.recordings.replay import KEY, NOW

TOKEN = "b3arer-that-is-secret"
CLOSED = NOW - NOW % HOUR_MS - HOUR_MS  # the last hour that is counted begins an hour before
COUNTS, SEARCH = "/2/tweets/counts/recent", "/2/tweets/search/recent"
RULES, STREAM = "/2/tweets/search/stream/rules", "/2/tweets/search/stream"


def iso(moment: int) -> str:
    """A moment as X writes it."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def post(moment: int, number: int = 0, text: str = "iced tea", **more: Any) -> dict[str, Any]:
    """A post of that moment."""
    known = {"id": str(id_at(moment) + number), "text": text, "created_at": iso(moment)}
    return {**known, "author_id": str(1000 + number % 7), "lang": "en", **more}


class Paths(dict[str, Any]):
    """Answers by the path without the query."""

    def __missing__(self, path: str) -> Any:
        if "?" not in path:
            raise KeyError(path)
        return self[path.partition("?")[0]]


def asked(request: Request) -> dict[str, str]:
    """What a request asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def said(value: Any, status: int = 200) -> Answer:
    """A value as an answer."""
    return Answer(orjson.dumps(value), status, {"content-type": "application/json"})


@dataclass
class Desk:
    """Answers of X. `hourly` are posts in each of the last 168 hours but by `hours` otherwise."""

    server: Loopback
    hourly: int = 4
    hours: Mapping[int, int] = field(default_factory=dict)
    posts: Sequence[Mapping[str, Any]] = ()
    page: int = 100  # posts of a page, at most

    def __post_init__(self) -> None:
        answers: dict[str, Any] = {COUNTS: self.counts, SEARCH: self.search}
        self.server.answers = Paths(answers)

    def counts(self, request: Request) -> Answer:
        """Seven days of hours, the last of them not over."""
        starts = range(CLOSED - 167 * HOUR_MS, CLOSED + 2 * HOUR_MS, HOUR_MS)
        buckets = [
            {
                "start": iso(start),
                "end": iso(start + HOUR_MS),
                "tweet_count": self.hours.get(start, self.hourly + start // HOUR_MS % 2),
            }
            for start in starts
        ]
        return said({"data": buckets, "meta": {"total_tweet_count": 0}})

    def search(self, request: Request) -> Answer:
        """A page of the posts that there are, the newest first."""
        query = asked(request)
        found = sorted(
            (
                one
                for one in self.posts
                if int(query.get("since_id", 0)) < int(one["id"])
                and int(one["id"]) < int(query.get("until_id", 2**63))
            ),
            key=lambda one: -int(one["id"]),
        )
        page = found[: min(self.page, int(query.get("max_results", 10)))]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > len(page):
            meta["next_token"] = "more"
        users = {one["author_id"] for one in page}
        includes = {"users": [{"id": one, "username": f"u{one}"} for one in sorted(users)]}
        return said({**({"data": page, "includes": includes} if page else {}), "meta": meta})

    def queries(self, path: str) -> list[dict[str, str]]:
        """What was asked for at that path, in order."""
        return [
            asked(request)
            for request in self.server.asked
            if request.path.partition("?")[0] == path
        ]


@contextmanager
def desk(**more: Any) -> Iterator[Desk]:
    """A desk that is open."""
    with Loopback() as server:
        yield Desk(server, **more)


def station(address: str, **options: Any) -> Station:
    """A source of type x that asks there. What costs nothing is the rest."""
    told = {
        "address": address,
        "bearer_token": SecretStr(TOKEN),
        "daily_usd": None,
        "monthly_usd": None,
        "sample": 0,
        **options,
    }
    (found,) = stations([SourceSettings(name="it", type="x", options=told)])
    return found


def context(
    found: Station,
    *,
    now: int = NOW,
    wait: Callable[[float], bool] = lambda _: False,
    queries: Mapping[str, str] | None = None,
    **more: Any,
) -> Context:
    """The context of a run; `wait` never sleeps."""
    surroundings = Surroundings(
        Path("/nowhere"), "Asia/Bangkok", queries or {"tea": "iced tea"}, KEY
    )
    return replace(surroundings.context(found, now=lambda: now, wait=wait), **more)


class Ledger(PocketPurse):
    """A purse that remembers."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.lines: list[tuple[str, int]] = []
        self.costs: dict[int, int] = {}

    def reserve(self, what: str, most: int) -> int:
        number = super().reserve(what, most)
        self.lines.append((what, most))
        return number

    def settle(self, number: int, cost: int) -> None:
        super().settle(number, cost)
        self.costs[number] = cost


@dataclass
class Run:
    """What came of a run, and the error that ended it."""

    batches: list[Batch]
    error: SourceError | None = None

    @property
    def mentions(self) -> list[Mention]:
        """All mentions."""
        return [mention for batch in self.batches for mention in batch.mentions]

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return [mention.native_id for mention in self.mentions]

    @property
    def cursor(self) -> str:
        """The last cursor."""
        return self.batches[-1].cursor

    @property
    def problems(self) -> list[str]:
        """What was not heard."""
        return [batch.problem for batch in self.batches if batch.problem]


def run(
    found: Station,
    told: Context,
    cursor: str | None = None,
    *,
    batches: int | None = None,
    into: Run | None = None,
) -> Run:
    """Hear a station to its end, or so many batches of it."""
    heard = Run([]) if into is None else into
    try:
        with closing(hear(found, told, cursor)) as each:
            for batch in each:
                heard.batches.append(batch)
                if len(heard.batches) == batches:
                    break
    except Stopped:
        pass
    except SourceError as error:
        heard.error = error
    return heard
