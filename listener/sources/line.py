"""LINE Official Account: what people write to it, delivered by LINE's webhook."""

import base64
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from listener.payloads.line import parse
from listener.receive.signatures import same, signature
from listener.receive.taking import taken_in
from listener.settings import Secret
from listener.source import Batch, Call, Context, Reply, Source, SourceOptions, Spec


class LineOptions(SourceOptions):
    """Options of a `line` source."""

    channel_secret: Secret = Field(
        description='the channel secret of the account\'s Messaging API, as "env:NAME"'
    )
    groups: Literal["addressed", "all", "none"] = Field(
        default="addressed",
        description="which messages of groups with the account in them to keep: those that name "
        "it, all, or none",
    )


SPEC = Spec(
    name="line",
    title="Messages to a LINE Official Account",
    options=LineOptions,
    capabilities=frozenset({"stream", "receive", "deletions"}),
    interval_seconds=60.0,
)


def answer(options: LineOptions, call: Call, now: int) -> Reply:
    """200 for what LINE signed with the channel's secret: x-line-signature, base64."""
    if call.method != "POST":
        return Reply(405, "LINE calls with POST.")
    expected = base64.b64encode(signature(options.channel_secret, call.body)).decode()
    if not same(call.headers.get("x-line-signature"), expected):
        return Reply(401, "The signature is not that of this channel.")
    return Reply(200, keep=True)


def connect(options: LineOptions, context: Context) -> Source:
    """Takes in what was delivered."""
    return Line(options, context)


class Line:
    """Reads deliveries. One that comes again brings ids that are known."""

    def __init__(self, options: LineOptions, context: Context) -> None:
        self._options = options
        self._context = context

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """A batch for each delivery."""
        groups = self._options.groups
        return taken_in(self._context, cursor, lambda delivery: parse(delivery.body, groups=groups))

    def close(self) -> None:
        """Nothing is held open."""
