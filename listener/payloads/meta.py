"""What Facebook and Instagram have in common: webhooks, usage, and values. Pure.

Forms: https://developers.facebook.com/docs/graph-api/webhooks/getting-started and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import SecretStr

from listener.importers.values import text_of
from listener.payloads.values import count
from listener.receive.signatures import same, signature
from listener.receive.taking import read_json
from listener.source import Call, Reply

_CHALLENGE = re.compile(r"[A-Za-z0-9_.~-]{1,256}")
_ID = re.compile(r"[A-Za-z0-9_:-]{1,200}")
_MILLISECONDS = 100_000_000_000  # a larger number of seconds would be a year after 5000
_USAGES = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
_SHARES = ("call_count", "total_time", "total_cputime")


class UnreadableError(ValueError):
    """A change was told, and not what it is about."""


def answered(call: Call, *, app_secret: SecretStr | None, verify_token: SecretStr | None) -> Reply:
    """What Meta is answered: the challenge to who knows our word, and 200 to what is signed.

    Without the secret that it takes nobody is believed (403).
    """
    if call.method == "GET":
        return _shaken(call.query, verify_token)
    if call.method != "POST":
        return Reply(405, "Meta calls with GET and POST.")
    if app_secret is None:
        return Reply(403, "This source has no app_secret.")
    expected = f"sha256={signature(app_secret, call.body).hex()}"
    if not same(call.headers.get("x-hub-signature-256"), expected):
        return Reply(401, "The signature is not that of this app.")
    return Reply(200, keep=True)


def _shaken(query: Mapping[str, str], verify_token: SecretStr | None) -> Reply:
    if verify_token is None:
        return Reply(403, "This source has no verify_token.")
    known = same(query.get("hub.verify_token"), verify_token.get_secret_value())
    if query.get("hub.mode") != "subscribe" or not known:
        return Reply(403, "The verify token is another.")
    challenge = query.get("hub.challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        return Reply(400, "The challenge is none.")
    return Reply(200, challenge)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an account, `at` UTC ms if that is told."""

    field: str
    value: Any
    at: int | None


def changes(body: bytes, kind: str, account: str) -> tuple[list[Change], int]:
    """The changes in a delivery, and how many of its parts could not be read.

    `kind` is the object that it is about, "page" or "instagram". What is about other accounts
    is left out.
    """
    told = read_json(body)
    entries = told.get("entry") if isinstance(told, Mapping) else None
    if not isinstance(entries, list):
        return [], 1
    found: list[Change] = []
    refused = 0
    for entry in entries if told.get("object") == kind else ():
        several = entry.get("changes", []) if isinstance(entry, Mapping) else None
        if not isinstance(several, list):
            refused += 1
        elif entry.get("id") == account:
            at = moment(entry.get("time"))
            read = [
                Change(str(one.get("field")), one.get("value"), at)
                for one in several
                if isinstance(one, Mapping)
            ]
            found += read
            refused += len(several) - len(read)
    return found, refused


def usage(headers: Mapping[str, str]) -> tuple[float, float]:
    """The largest share that is used up (percent), and the minutes until access is regained.

    `headers` have lower-case names.
    """
    share = minutes = 0.0
    for told in _usages(headers):
        share = max(share, *(_number(told.get(name)) for name in _SHARES))
        minutes = max(minutes, _number(told.get("estimated_time_to_regain_access")))
    return share, minutes


def _usages(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name in _USAGES:
        try:
            told = orjson.loads(headers.get(name, "null"))
        except orjson.JSONDecodeError:
            continue
        if not isinstance(told, Mapping):
            continue
        yield told
        for several in told.values():  # of each business, one for each kind of use
            for one in several if isinstance(several, list) else ():
                if isinstance(one, Mapping):
                    yield one


def insights(node: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    """The lifetime values of `names` (Meta's name to ours) in a node's insights."""
    told = node.get("insights")
    found: dict[str, int] = {}
    for one in items(told):
        name, values = names.get(str(one.get("name"))), one.get("values")
        if name is None or one.get("period", "lifetime") != "lifetime":
            continue
        last = values[-1] if isinstance(values, list) and values else one.get("total_value")
        value = count(last.get("value")) if isinstance(last, Mapping) else None
        if value is not None:
            found[name] = value
    return found


def items(edge: object) -> list[Mapping[str, Any]]:
    """The nodes of an edge."""
    data = edge.get("data") if isinstance(edge, Mapping) else None
    return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []


def part(node: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in a node; an empty one where there is none."""
    found = node.get(name)
    return found if isinstance(found, Mapping) else {}


def said(value: object) -> str:
    """A text, without spaces around it; "" where there is none."""
    return text_of(value) if isinstance(value, str) else ""


def identity(value: object) -> str | None:
    """The id of a node."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def moment(value: object) -> int | None:
    """A time in UTC ms: ISO 8601 with an offset, or seconds or milliseconds since 1970."""
    if type(value) is int:
        found = value if value >= _MILLISECONDS else value * 1000
    else:
        try:
            when = datetime.fromisoformat(value) if isinstance(value, str) else None
            if when is None:
                return None
            found = int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    return found if 1_000_000_000 < found < 2**53 else None


def known(**numbers: int | None) -> dict[str, int]:
    """Those metrics that are told."""
    return {name: number for name, number in numbers.items() if number is not None}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e9 else 0.0
