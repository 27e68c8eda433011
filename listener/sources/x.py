"""X: counts of posts by the hour, posts where those stand out, the stream, our own account."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from listener.errors import SettingsError
from listener.fetch.polling import polling
from listener.fetch.x_options import INTERVAL, XOptions, XPrices, millionths
from listener.payloads.x_cursor import State, recalled
from listener.query import parse
from listener.query.platforms import x as language
from listener.source import Batch, Budget, Context, Source, Spec

if TYPE_CHECKING:
    from listener.fetch.x import Prices
    from listener.fetch.x_stream import Stream

SPEC = Spec(
    name="x",
    title="X: counts, posts, and your own account",
    options=XOptions,
    capabilities=frozenset({"stream", "poll", "counts", "backfill", "deletions", "own_posts"}),
    interval_seconds=INTERVAL,
)


def connect(options: XOptions, context: Context) -> Source:
    """Polls; listens to the stream where that is wanted, by us and by who asks."""
    return X(options, context)


class X:
    """One app at X."""

    def __init__(self, options: XOptions, context: Context) -> None:
        from listener.fetch.x import Api, Fields, UserKeys

        self._options = options
        self._context = context
        self._stream: Stream | None = None
        self._searches = _compiled(context, options.search_length)
        self._fields = Fields(options.authors, options.originals)
        caps = (options.daily_usd, options.monthly_usd)
        daily, monthly = (None if cap is None else millionths(cap) for cap in caps)
        self._purse = context.purse(Budget("X", "USD", daily, monthly, context.timezone))
        keys = [key for key in options.user_keys if key is not None]
        self._api = Api(
            options.address,
            options.bearer_token,
            UserKeys(*keys) if keys else None,
            self._fields,
            _prices(options.prices),
            self._purse,
            context,
        )

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """What is new since the cursor; see docs/sources/x.md for what that is."""
        state = recalled(cursor)
        if not self._context.streaming:
            yield from self._polled(state)
        elif self._options.stream:
            yield from self._streamed(state)
        else:
            interval = self._options.interval_seconds or SPEC.interval_seconds
            yield from polling(self._context, interval, lambda: self._polled(state))

    def close(self) -> None:
        """Let go of the stream, and close the connections."""
        if self._stream:
            self._stream.close()
        self._api.close()

    def _polled(self, state: State) -> Iterator[Batch]:
        from listener.fetch.x_poll import Poll

        poll = Poll(self._api, self._options, self._context, self._searches, set(state.told))
        yield from poll.run(state, reading=True)

    def _streamed(self, state: State) -> Iterator[Batch]:
        from listener.fetch.x_listening import Listening, Meter
        from listener.fetch.x_stream import Stream

        options, context = self._options, self._context
        rules = dict.fromkeys(
            rule for queries in _compiled(context, language.RULE).values() for rule in queries
        )
        stream = Stream(options.address, options.bearer_token, self._fields, context)
        self._stream = stream
        meter = Meter(self._purse, self._api.post_price)
        listening = Listening(
            self._api, options, context, self._searches, tuple(rules), stream, meter
        )
        yield from listening.batches(state)


def _compiled(context: Context, longest: int) -> Mapping[str, tuple[str, ...]]:
    """Each brand's queries, as X is asked; SettingsError when there is nothing to ask."""
    found = {
        brand: language.compile(parse(query), longest=longest).queries
        for brand, query in context.queries.items()
    }
    asked = {brand: queries for brand, queries in found.items() if queries}
    if not asked:
        raise SettingsError(
            f"Source {context.name} asks X for what brands are spoken of, and no brand's query "
            "has a word that X can be asked.",
            remedy="Add a [[brands]] section with a query to config.toml; `krasae query explain` "
            "shows what X is asked.",
        )
    return asked


def _prices(prices: XPrices) -> "Prices":
    from listener.fetch.x import Prices

    return Prices(*(millionths(getattr(prices, name)) for name in Prices.__slots__))
