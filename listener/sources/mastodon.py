"""Mastodon: hashtags, a server's public posts and its search; streamed with a user's token."""

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from pydantic import Field, model_validator

from listener.errors import SettingsError, SourceError
from listener.fetch.addresses import Address, plain
from listener.fetch.basket import Basket
from listener.fetch.polling import polling
from listener.model import Folding, FoldingKind, Mention
from listener.payloads.mastodon import PLATFORM, edited_at, parse_status, status_id
from listener.settings import Secret
from listener.source import Batch, Context, Source, SourceOptions, Spec, Stopped

if TYPE_CHECKING:
    from listener.fetch.mastodon import Heard, Server

_VERSION = 1
_PAGE = 40  # the most that a server gives
_PAGES = 50  # of one line in one poll; the next poll goes on
_REMEMBERED = 2000  # ids of a line
# Posts of other servers arrive late, and take an id by the time at which they were written.
_REWIND = 600_000 << 16  # ids are milliseconds and 16 bits
_REWIND_PUBLIC = 60_000 << 16  # of that line there is much
_LOOK = 0.25


class MastodonOptions(SourceOptions):
    """Options of a `mastodon` source."""

    address: Address = Field(
        default="https://mastodon.social", description="the server's address, without a path"
    )
    token: Secret | None = Field(
        default=None,
        description='a user\'s access token, as "env:NAME"; streams and search need it',
    )
    hashtags: tuple[str, ...] = Field(
        default=(), description="hashtags to follow; every post with one of them is kept"
    )
    public: bool = Field(
        default=False,
        description="true to hear all public posts that the server knows of; those are kept that "
        "brands ask for",
    )
    local: bool = Field(default=False, description="true to leave out posts of other servers")
    search: bool = Field(
        default=False, description="true to search for the brands' words, which needs a token"
    )

    @model_validator(mode="after")
    def _some(self) -> "MastodonOptions":
        if not (self.hashtags or self.public or self.search):
            raise ValueError("expected hashtags, public = true, or search = true")
        if self.search and self.token is None:
            raise ValueError("expected a token, which search needs")
        if not all(_bare(tag) for tag in self.hashtags):
            raise ValueError("expected hashtags of letters, digits and _")
        return self


SPEC = Spec(
    name="mastodon",
    title="Mastodon hashtags and public posts",
    options=MastodonOptions,
    capabilities=frozenset({"stream", "poll", "backfill", "deletions"}),
    interval_seconds=180.0,
)


def connect(options: MastodonOptions, context: Context) -> Source:
    """Polls each line; with a token, and to stream, it listens to them."""
    from listener.fetch.mastodon import Server

    return Mastodon(options, context, Server(options.address, options.token, context))


@dataclass(frozen=True, slots=True)
class Line:
    """Something to follow: a hashtag, the public posts, or a search."""

    kind: str
    words: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.words}"


@dataclass(slots=True)
class _Place:
    """Where we are in a line: the `newest` id, and the ids that were `told`, oldest first.

    `after` is where a poll broke off that was too long.
    """

    newest: str = ""
    told: list[str] = field(default_factory=list)
    after: str = ""

    def tell(self, number: str) -> None:
        self.told.append(number)
        del self.told[:-_REMEMBERED]

    def move(self, number: str) -> None:
        self.newest = max(self.newest, number, key=_order)


class Mastodon:
    """Follows lines of one server."""

    def __init__(self, options: MastodonOptions, context: Context, server: "Server") -> None:
        self._options = options
        self._context = context
        self._server = server
        self._host = urlsplit(plain(options.address)).hostname or ""
        self._wanted: Callable[[Mention], bool] = lambda _: True
        self._lines = [Line("tag", _bare(tag)) for tag in options.hashtags]
        if options.public:
            from listener.fetch.matching import Wanted

            self._wanted = Wanted.of(context)
            self._lines.append(Line("public"))
        if options.search:
            self._lines += [Line("search", words) for words in _words(context)]
        self._gone: dict[str, None] = {}  # deletions of this run, which may overtake

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What was posted, edited and deleted since the cursor, line by line."""
        places = self._recalled(cursor)
        if not self._context.streaming:
            yield from self._polled(places, self._lines)
        elif self._options.token is None:
            yield from self._polling(places, self._lines)
        else:
            yield from self._streamed(places)

    def close(self) -> None:
        """Let go of the streams, and close the connections."""
        self._server.close()

    def _polled(
        self, places: dict[str, _Place], lines: Sequence[Line], *, strict: bool = False
    ) -> Generator[Batch, None, bool]:
        """A batch for each page with something new; the last one is the end. Whether all is read.

        A line that fails does not keep the others from being asked; the first one's error is
        raised when all fail, or, if `strict`, when one does.
        """
        begun, whole = self._context.now(), True
        errors: list[SourceError] = []
        for line in lines:
            try:
                whole &= yield from self._walked(places, line)
            except SourceError as error:
                errors.append(error)
        if errors and (strict or len(errors) == len(lines)):
            raise errors[0]
        yield Batch(
            self._cursor(places),
            problem=errors[0].message if errors else None,
            heard_until=begun if whole and not errors else None,
        )
        return whole

    def _walked(self, places: dict[str, _Place], line: Line) -> Generator[Batch, None, bool]:
        """Pages towards the present, until one is empty: a short one is not yet the last.

        Whether the present was reached.
        """
        place = places.setdefault(line.key, _Place())
        after, place.after = place.after or _rewound(place.newest, line), ""
        for number in range(_PAGES):
            page = self._server.page(line.kind, line.words, after, self._options.local)
            basket, numbers = Basket(), []
            for status in sorted(page, key=_age):
                numbers += self._sort(status, line, places, basket)
            if not basket.empty:
                yield basket.batch(self._cursor(places))
            last = max(numbers, key=_order, default="")
            if number == 0 and not after and last:
                after = _rewound(place.newest, line)  # the newest came first: was that all of late?
            elif not last or _order(last) <= _order(after):
                return True
            else:
                after = last
        place.after = after
        return False

    def _polling(self, places: dict[str, _Place], lines: Sequence[Line]) -> Iterator[Batch]:
        interval = self._options.interval_seconds or SPEC.interval_seconds
        return polling(self._context, interval, lambda: self._polled(places, lines))

    def _streamed(self, places: dict[str, _Place]) -> Iterator[Batch]:
        """The streams are opened, then what was missed is read, then what came meanwhile."""
        live = [line for line in self._lines if line.kind != "search"]
        searches = [line for line in self._lines if line.kind == "search"]
        if not live:
            yield from self._polling(places, searches)
        events = self._server.listen(
            [(line.kind, line.words) for line in live], self._options.local
        )
        # A stream carries the place onwards: what is missing before it would never be read.
        while not (yield from self._polled(places, self._lines, strict=True)):
            pass
        interval = self._options.interval_seconds or SPEC.interval_seconds
        basket, due = Basket(), time.monotonic() + interval
        while True:
            heard = events.next(_LOOK)
            if heard is not None:
                self._hear(heard, live[heard.line], places, basket)
            if self._context.wait(0):
                yield basket.batch(self._cursor(places))
                raise Stopped
            if basket.full:
                events.check()  # of several streams, one may have ended
                yield basket.batch(self._cursor(places))
                basket = Basket()
            if searches and time.monotonic() > due:
                yield from self._polled(places, searches)
                due = time.monotonic() + interval

    def _hear(self, heard: "Heard", line: Line, places: dict[str, _Place], basket: Basket) -> None:
        if heard.event == "delete":
            native_id = status_id(self._host, heard.data)
            if native_id is None:
                basket.refused += 1
            elif native_id not in self._gone:
                now = self._context.now()
                basket.foldings.append(
                    Folding(FoldingKind.DELETE, PLATFORM, now, native_id, in_order=True)
                )
                self._gone[native_id] = None
                if len(self._gone) > _REMEMBERED:
                    del self._gone[next(iter(self._gone))]
        elif heard.event in ("update", "status.update"):
            self._sort(heard.data, line, places, basket, edited=heard.event != "update")
        else:
            basket.refused += 1

    def _sort(
        self,
        status: Any,
        line: Line,
        places: dict[str, _Place],
        basket: Basket,
        *,
        edited: bool = False,
    ) -> list[str]:
        """Put a status where it belongs; its id, if it has one."""
        place = places.setdefault(line.key, _Place())
        native_id = status_id(self._host, status.get("id")) if isinstance(status, Mapping) else None
        if native_id is None:
            basket.refused += 1
            return []
        number = str(status["id"])
        mention = parse_status(status, host=self._host)
        if not edited:
            if line.kind == "public":
                basket.seen += _order(number) > _order(place.newest)
            place.move(number)
        if mention is None or native_id in self._gone:
            return [number]
        if any(number in known.told for known in places.values()):
            if edited:
                basket.foldings.append(self._edit(mention, status))
        elif line.kind != "public" or self._wanted(mention):
            basket.mentions.append(mention)
            place.tell(number)
        elif edited:
            basket.foldings.append(self._edit(mention, status))
        return [number]

    def _edit(self, mention: Mention, status: Mapping[str, Any]) -> Folding:
        at = edited_at(status) or self._context.now()
        return Folding(
            FoldingKind.EDIT, PLATFORM, at, mention.native_id, text=mention.text, in_order=True
        )

    def _cursor(self, places: Mapping[str, _Place]) -> str:
        lines = {key: asdict(place) for key, place in places.items()}
        stored = {"version": _VERSION, "host": self._host, "lines": lines}
        return orjson.dumps(stored).decode()

    def _recalled(self, cursor: str | None) -> dict[str, _Place]:
        known = {line.key for line in self._lines}
        try:
            stored = orjson.loads(cursor or "null")
            if stored["version"] != _VERSION or stored["host"] != self._host:
                return {}
            return {
                key: _Place(
                    str(place["newest"]),
                    [str(number) for number in place["told"]],
                    str(place["after"]),
                )
                for key, place in stored["lines"].items()
                if key in known
            }
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
            return {}


def _bare(tag: str) -> str:
    name = tag.strip().removeprefix("#")
    return name if re.fullmatch(r"[^\s#/?&%.,:;()\[\]{}<>\"']{1,100}", name) else ""


def _words(context: Context) -> Iterator[str]:
    """Words of which every text that a brand asks for contains one."""
    from listener.query import parse
    from listener.query.widened import required

    found = [required(parse(query)) or () for query in context.queries.values()]
    words = list(dict.fromkeys(word for some in found for word in sorted(some)))
    if not words:
        raise SettingsError(
            f"Source {context.name} searches for the brands' words, and no brand's query has any.",
            remedy="Give a brand a query with a word in it.",
        )
    yield from words


def _order(number: str) -> tuple[int, str]:
    """Ids are numbers; those of other software, of one length, are in the order of letters."""
    return len(number), number


def _age(status: Any) -> tuple[int, str]:
    return _order(str(status.get("id")) if isinstance(status, Mapping) else "")


def _rewound(number: str, line: Line) -> str:
    if not number.isdecimal():
        return number
    return str(max(1, int(number) - (_REWIND_PUBLIC if line.kind == "public" else _REWIND)))
