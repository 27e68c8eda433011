"""A Graph API on this machine: lists that are asked for page by page, and change meanwhile."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from pydantic import SecretStr

from listener.collect.station import Surroundings, hear, stations
from listener.errors import SourceError
from listener.settings import SourceSettings
from listener.source import Batch, Delivery, Inbox, Stopped
from tests.recordings.loopback import Answer, Loopback, Request
from tests.recordings.replay import KEY, NOW, QUERIES

TOKEN = "EAAB-the-token"
APP_SECRET = "the-app-secret"


class Edge:
    """A list, newest first. `headers` come with each answer; `meanwhile` happens after each."""

    def __init__(self, items: list[Any], page: int = 100) -> None:
        self.items = items
        self.page = page
        self.headers: dict[str, str] = {}
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self, request: Request) -> Answer:
        asked = parse_qs(urlsplit(request.path).query)
        after = asked.get("after", [""])[0]
        # As Meta's: the cursor is the item, so that what comes on top shifts nothing.
        ids = [one["id"] for one in self.items]
        begin = ids.index(after) + 1 if after in ids else 0
        items = self.items[begin : begin + self.page]
        told: dict[str, Any] = {"data": items, "paging": {}}
        if items:
            told["paging"]["cursors"] = {"before": items[0]["id"], "after": items[-1]["id"]}
        if begin + self.page < len(self.items):
            told["paging"]["next"] = f"https://elsewhere.example/?access_token={TOKEN}"
        body = orjson.dumps(told)
        self.meanwhile()
        return Answer(body, headers={"content-type": "application/json", **self.headers})


def refusal(status: int, code: int, message: str = "", **more: Any) -> Answer:
    """An error as Meta puts it."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A", **more}
    return Answer(orjson.dumps({"error": error}), status)


class GraphServer(Loopback):
    """Answers by the path without version and query."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = _Bare()

    @property
    def edges(self) -> list[str]:
        """The paths that were asked for, without version and query."""
        return [_bare(path) for path in self.paths]


class _Bare(dict[str, Any]):
    def __missing__(self, path: str) -> Any:
        bare = _bare(path)
        if bare == path:
            raise KeyError(path)
        return self[bare]


def _bare(path: str) -> str:
    return urlsplit(path).path.removeprefix("/v25.0/")


class Listener:
    """One source, its clock and its deliveries; `cursor` is where it stands."""

    def __init__(self, server: GraphServer, kind: str, options: Mapping[str, Any]) -> None:
        secrets = {"token": SecretStr(TOKEN), "app_secret": SecretStr(APP_SECRET)}
        self._options = {"address": server.url, **secrets, **options}
        self._kind = kind
        self.now = NOW
        self.cursor: str | None = None
        self.batches: list[Batch] = []
        self.deliveries: list[Delivery] = []

    def after(self, number: int, most: int) -> list[Delivery]:
        """What was delivered and not taken."""
        return [one for one in self.deliveries if one.number > number][:most]

    def deliver(self, body: bytes) -> None:
        """Let a body wait."""
        self.deliveries.append(Delivery(len(self.deliveries) + 1, self.now, body))

    def listen(
        self, *, streaming: bool = False, wait: Callable[[float], bool] = lambda _: False
    ) -> Generator[Batch, None, None]:
        """The batches of a run; each moves the cursor."""
        source = SourceSettings(name="it", type=self._kind, options=self._options)
        (station,) = stations([source])
        surroundings = Surroundings(Path(), "Asia/Bangkok", QUERIES, KEY)
        context = surroundings.context(station, now=lambda: self.now, wait=wait)
        inbox: Inbox = self
        context = replace(context, inbox=inbox, streaming=streaming)
        with closing(hear(station, context, self.cursor)) as found:
            for batch in found:
                self.cursor = batch.cursor
                self.batches.append(batch)
                yield batch

    def poll(self) -> list[Batch]:
        """A whole run, to its end."""
        return list(self.listen())

    def error(self) -> SourceError:
        """The error of a run that fails."""
        try:
            self.poll()
        except SourceError as error:
            return error
        raise AssertionError("it did not fail")

    def stream(self, looks: int, happens: Callable[[int], None] = lambda _: None) -> list[Batch]:
        """What a stream says until it has looked so often; `happens` goes before each look."""
        looked = 0

        def wait(seconds: float) -> bool:
            nonlocal looked
            looked += 1
            happens(looked)
            return looked > looks

        found: list[Batch] = []
        try:
            for batch in self.listen(streaming=True, wait=wait):
                found.append(batch)
        except Stopped:
            return found
        raise AssertionError("it ended by itself")


def texts(batches: list[Batch]) -> list[str]:
    """What all mentions say, in order."""
    return [mention.text for batch in batches for mention in batch.mentions]
