"""What sources do with deliveries: take them in, in order, and let them be thrown away."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from listener.importers.jsonlines import clean
from listener.model import Folding, Mention
from listener.source import Batch, Context, Delivery, Stopped

_VERSION = 1
_MOST = 20  # deliveries of one look: a body may be large
_LOOK = 0.5  # seconds between two looks
_BEAT = 30.0  # seconds, after which a stream says that it is up
# For what orjson refuses and platforms do send: lone surrogates, raw control characters.
_LENIENT = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Content:
    """What a delivery says. `refused` counts items that could not be read, `problem` says why."""

    mentions: tuple[Mention, ...] = ()
    foldings: tuple[Folding, ...] = ()
    refused: int = 0
    problem: str | None = None


def read_json(body: bytes) -> Any:
    """The value of a JSON body, lone surrogates as U+FFFD; None if it is no JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return clean(_LENIENT.decode(body.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return None


def waiting(context: Context, after: int) -> Iterator[Delivery]:
    """All deliveries after that number that are there now, oldest first."""
    while found := context.inbox.after(after, _MOST):
        yield from found
        after = found[-1].number


def taken_in(
    context: Context, cursor: str | None, read: Callable[[Delivery], Content]
) -> Iterator[Batch]:
    """The batches of a source that only receives: one for each delivery, read by `read`.

    Returns when all is taken in; with `context.streaming` it waits for more until it is asked
    to stop. The last batch, or one now and then, is a heartbeat.
    """
    after = _recalled(cursor)
    while True:
        beat, quiet = time.monotonic() + _BEAT, True
        for delivery in waiting(context, after):
            after, quiet = delivery.number, False
            content = read(delivery)
            yield Batch(
                _cursor(after),
                content.mentions,
                content.foldings,
                content.refused,
                content.problem,
                taken=after,
            )
        if quiet or not context.streaming:
            yield Batch(_cursor(after))
        if not context.streaming:
            return
        while time.monotonic() < beat and not context.inbox.after(after, 1):
            if context.wait(_LOOK):
                raise Stopped


def _cursor(number: int) -> str:
    return orjson.dumps({"version": _VERSION, "taken": number}).decode()


def _recalled(cursor: str | None) -> int:
    try:
        stored = orjson.loads(cursor or "null")
        if stored["version"] != _VERSION:
            return 0
        return int(stored["taken"])
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
        return 0
