"""A signed webhook for any tool: JSON rows, posted by a script, a form, a review service."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from listener.receive.signatures import same, signature
from listener.receive.taking import Content, taken_in
from listener.settings import Secret, Slug
from listener.source import Batch, Call, Context, Delivery, Reply, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from listener.importers.profile import Profile

TIMESTAMP = "x-krasae-timestamp"
SIGNATURE = "x-krasae-signature"
_MOST_SIGNATURES = 4  # of a sender that is changing its secret


class WebhookOptions(SourceOptions):
    """Options of a `webhook` source."""

    secrets: tuple[Secret, ...] = Field(
        min_length=1,
        max_length=4,
        description='what senders sign with, as "env:NAME"; several while one is replaced',
    )
    profile: str | None = Field(
        default=None,
        description="the import profile that says which key is what; else the keys are the "
        "names of a mention's fields",
    )
    rows: str | None = Field(
        default=None,
        min_length=1,
        description="where in the body the rows lie, such as data.items",
    )
    platform: Slug | None = Field(
        default=None, description="the platform of rows that do not name one; else webhook"
    )
    tolerance_seconds: int = Field(
        default=300, ge=10, le=3600, description="how old, or how far ahead, a call may be"
    )


SPEC = Spec(
    name="webhook",
    title="Signed JSON from any tool",
    options=WebhookOptions,
    capabilities=frozenset({"stream", "receive"}),
    interval_seconds=60.0,
)


def answer(options: WebhookOptions, call: Call, now: int) -> Reply:
    """200 for what is signed, over "timestamp.body", with one of the secrets, and is not old."""
    if call.method != "POST":
        return Reply(405, "Deliver with POST.")
    seconds = call.headers.get(TIMESTAMP, "")
    told = call.headers.get(SIGNATURE, "").split(",")[:_MOST_SIGNATURES]
    if not re.fullmatch(r"[0-9]{1,12}", seconds):
        return Reply(401, f"{TIMESTAMP} is missing, or not in seconds since 1970.")
    signed = seconds.encode() + b"." + call.body
    expected = [f"v1={signature(secret, signed).hex()}" for secret in options.secrets]
    if not any(same(one.strip(), right) for one in told for right in expected):
        return Reply(401, f"{SIGNATURE} is missing, or not that of this body and time.")
    if abs(now - int(seconds) * 1000) > options.tolerance_seconds * 1000:
        return Reply(401, f"{TIMESTAMP} is too far from our clock.")
    if not call.body.strip():
        return Reply(400, "The body is empty.")
    return Reply(200, "kept", keep=True)


def connect(options: WebhookOptions, context: Context) -> Source:
    """Takes in what was delivered, through the profile."""
    from listener.importers.profile import load_profile
    from listener.payloads.webhook import NATIVE, PLATFORM

    profile = NATIVE
    if options.profile:
        profile = load_profile(options.profile, context.folder / "profiles")
    platform = options.platform or profile.platform or PLATFORM
    return Webhook(options, context, profile.model_copy(update={"platform": platform}))


class Webhook:
    """Reads deliveries through a profile. The same row has the same id however often it comes."""

    def __init__(self, options: WebhookOptions, context: Context, profile: "Profile") -> None:
        self._options = options
        self._context = context
        self._profile = profile

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """A batch for each delivery."""
        return taken_in(self._context, cursor, self._read)

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self, delivery: Delivery) -> Content:
        from listener.importers.reading import zone_named
        from listener.payloads.webhook import parse

        key = self._context.key
        return parse(
            delivery.body,
            self._profile,
            zone=zone_named(self._profile.time.zone or self._context.timezone),
            now=delivery.received_at,
            rows=self._options.rows,
            author_id=key.author_id if key else None,
        )
