"""Planting secrets in every option that takes one, and finding them in whatever was written."""

import base64
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
from pydantic import BaseModel, SecretStr

from tests.recordings.loopback import Answer, Answers, Request
from tests.recordings.replay import Recording

# What a source wants beside its secrets before it takes them.
BESIDE = {
    "bluesky": {"identifier": "planted.example"},
    "reddit": {"username": "planted"},
}
# Secrets that exclude others.
LEFT_OUT = {"reddit": {"refresh_token"}}


@dataclass(frozen=True)
class Planting:
    """A source's options as in config.toml, and the environment that they name.

    `secrets` are what must be found nowhere.
    """

    options: Mapping[str, Any]
    environment: Mapping[str, str]
    secrets: tuple[str, ...] = field(repr=False)


def plant(source: str, options: type[BaseModel], recording: Recording, server: str) -> Planting:
    """A secret in every option that takes one. One in an address is its last part, or a key."""
    told: dict[str, Any] = {**_served(recording.options, server), **BESIDE.get(source, {})}
    environment: dict[str, str] = {}
    secrets: list[str] = []
    for name, found in options.model_fields.items():
        kinds = _kinds(found.annotation)
        if SecretStr not in kinds or name in LEFT_OUT.get(source, ()):
            continue
        many = tuple in kinds
        known = told.get(name, server)
        places = (known if isinstance(known, list) else [known]) if str in kinds else [""]
        variables = []
        for number, place in enumerate(places):
            label = f"{source}-{name}-{number}".replace("_", "-")
            # In a header anything may stand; in an address what needs no escape.
            secret = f"pl4nted-{label}-x7Qz" if str in kinds else f"pl4nted/{label}+x7Qz="
            variable = f"PLANTED_{label.upper().replace('-', '_')}"
            environment[variable] = _with(place, secret) if str in kinds else secret
            secrets.append(secret)
            variables.append(f"env:{variable}")
        told[name] = variables if many else variables[0]
    return Planting(told, environment, tuple(secrets))


def _with(address: str, secret: str) -> str:
    return f"{address}&key={secret}" if "?" in address else f"{address.rstrip('/')}/{secret}"


def _served(value: Any, server: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _served(inner, server) for key, inner in value.items()}
    if isinstance(value, list):
        return [_served(inner, server) for inner in value]
    return value.replace("{server}", server) if isinstance(value, str) else value


def _kinds(annotation: Any) -> set[Any]:
    """Every type in an annotation."""
    inner = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    return {annotation, origin}.union(*(_kinds(one) for one in inner)) if inner else {annotation}


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it is, in an address, in JSON, and in Base64, whatever stands before it."""
    raw = secret.encode()
    yield raw
    yield from {
        quote(secret).encode(),
        quote(secret, safe="").encode(),
        quote_plus(secret).encode(),
    }
    yield quote(secret, safe="").lower().encode()
    yield raw.replace(b"/", rb"\/")
    for shift in range(3):
        encode = (base64.b64encode, base64.urlsafe_b64encode)
        whole = (shift + len(raw)) * 8 // 6  # characters that what comes after does not touch
        for encoded in (one(b"\0" * shift + raw) for one in encode):
            yield encoded[-(-shift * 8 // 6) : whole]


def found(secrets: tuple[str, ...], written: bytes) -> list[str]:
    """Which of them are there, with what stands around the first place."""
    places = []
    for secret in secrets:
        for form in forms(secret):
            if (at := written.find(form)) >= 0:
                around = written[max(0, at - 80) : at + len(form) + 20]
                places.append(f"{secret}: {around!r}")
                break
    return places


class Platform(dict[str, Answers]):
    """Answers of a recording, whatever was planted in the addresses, in some mood."""

    def __init__(self, recording: Recording, secrets: tuple[str, ...], mood: str) -> None:
        super().__init__()
        self._recorded = recording.answers
        self._secrets = secrets
        self._mood = mood

    def __missing__(self, path: str) -> Callable[[Request], Answer]:
        """Anything may be asked for."""
        return MOODS.get(self._mood, self._good)

    def _good(self, request: Request) -> Answer:
        path = request.path
        for secret in self._secrets:
            for form in (secret, quote(secret, safe=""), quote_plus(secret)):
                path = path.replace(f"/{form}", "").replace(f"&key={form}", "")
        bare = path.partition("?")[0]
        known = {one.partition("?")[0]: answer for one, answer in self._recorded.items()}
        return self._recorded.get(path) or known.get(bare) or Answer(b"{}", 404)


def _echo(request: Request) -> str:
    """All that was asked, as a careless server would tell it."""
    headers = " ".join(f"{name}: {value}" for name, value in request.headers.items())
    basic = request.headers.get("authorization", "").partition(" ")[2]
    try:
        opened = base64.b64decode(basic, validate=True).decode()
    except ValueError:
        opened = ""
    return f"{request.path} {headers} {opened} {request.body.decode(errors='replace')}"


def _refused(status: int) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        echo = _echo(request)
        names = ("title", "detail", "message", "reason", "error_description", "type", "code")
        told = dict.fromkeys(names, echo)
        body = {**told, "error": {**told, "errors": [told]}, "errors": [{**told, "value": echo}]}
        headers = {"content-type": "application/json", "retry-after": "60", "x-echo": quote(echo)}
        return Answer(orjson.dumps(body), status, headers)

    return answer


def _plainly_refused(request: Request) -> Answer:
    body = {"error": _echo(request), "message": _echo(request)}
    return Answer(orjson.dumps(body), 400, {"content-type": "application/json"})


def _garbage(request: Request) -> Answer:
    return Answer(f"<html>{_echo(request)}".encode(), headers={"content-type": "text/html"})


def _odd(request: Request) -> Answer:
    echo = _echo(request)
    names = ("data", "error", "errors", "message", "items", "meta", "access_token", "expires_in")
    return Answer(orjson.dumps(dict.fromkeys(names, echo)))


def _elsewhere(request: Request) -> Answer:
    if "elsewhere" in request.path:
        return _refused(404)(request)
    return Answer(b"", 302, {"location": f"/elsewhere?{quote(_echo(request))[:2000]}"})


def _abroad(request: Request) -> Answer:
    location = f"http://user:{quote(_echo(request), safe='')[:500]}@127.0.0.1:9/{request.path}"
    return Answer(b"", 302, {"location": location})


def _broken(request: Request) -> Answer:
    echo = _echo(request).encode()
    return Answer(
        raw=lambda handler: handler.wfile.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n%b" % echo
        )
    )


MOODS: dict[str, Callable[[Request], Answer]] = {
    **{str(status): _refused(status) for status in (400, 401, 403, 404, 429, 500)},
    "plain 400": _plainly_refused,
    "garbage": _garbage,
    "odd": _odd,
    "elsewhere": _elsewhere,
    "abroad": _abroad,
    "broken": _broken,
}
