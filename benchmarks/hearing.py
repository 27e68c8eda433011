"""How fast Jetstream is heard: parsed, matched against 200 queries, and the matches stored.

    python -m benchmarks.hearing DATA [--messages 100000] [--thai 0.5] [--mix posts]

DATA holds `stocknet/`, `hackernews/` and `wisesight/`, whose texts go into messages of
Jetstream's form, bytes as the websocket gives them. The 200 queries, 50 of them Thai, have
alternatives, phrases and exclusions. What hears is the source itself, with only the websocket
taken out, and the keeper of `krasae listen`: mentions, ledger and cursor in one transaction.
Beside it a plain loop: `json.loads`, regular expressions, an insert for each match.

Of the mixes (MIXES), `posts` is what the source asks Jetstream for, with what comes unasked;
`everything` is the network at large. Their shares are assumed. One process on one core; rates
are of the processor's time, so that a busy machine does not blur them.
"""

import argparse
import json
import os
import random
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson

from benchmarks.matching import ENGLISH, THAI, companies, read_texts
from krasae.schema import ROOMS
from listener.collect.keep import StoreKeeper
from listener.collect.station import Surroundings, hear, stations
from listener.errors import SourceDownError
from listener.payloads.bluesky import read_event
from listener.settings import SourceSettings
from listener.source import Tally
from listener.store import AuthorKey, open_database

START = 1_795_000_000_000_000  # us
SPACING = 25_000  # us between two messages
NOW = 1_800_000_000_000  # ms
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
MIXES = {
    "posts": {"post": 0.9, "edit": 0.005, "delete": 0.07, "identity": 0.015, "account": 0.01},
    "everything": {
        "like": 0.6,
        "follow": 0.14,
        "post": 0.11,
        "repost": 0.09,
        "delete": 0.04,
        "identity": 0.01,
        "account": 0.01,
    },
}


@dataclass(frozen=True)
class Asked:
    """A brand's query, as the words of which it wants one, and those that it does not want."""

    wanted: Sequence[str]
    unwanted: Sequence[str]

    def query(self) -> str:
        """In the query language."""
        wanted = " OR ".join(_quoted(word) for word in self.wanted)
        return f"({wanted})" + "".join(f" -{_quoted(word)}" for word in self.unwanted)

    def expressions(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """As one would write it first."""
        wanted, unwanted = (
            re.compile("|".join(_expression(word) for word in words), re.IGNORECASE)
            for words in (self.wanted, self.unwanted)
        )
        return wanted, unwanted


def _quoted(word: str) -> str:
    return word if word[0] in "#@$" else f'"{word}"'


def _expression(word: str) -> str:
    """Whole words in Latin letters; anywhere, in Thai."""
    escaped = re.escape(word)
    return rf"(?<![a-z0-9]){escaped}(?![a-z0-9])" if word.isascii() else escaped


def queries(folder: Path) -> dict[str, Asked]:
    """200 of them: 88 listed companies, 62 other names and 50 Thai ones."""
    made = [
        Asked([ticker, name, f"#{ticker[1:].replace('-', '')}"], ["giveaway", "free signals"])
        for ticker, name in companies(folder)
    ]
    for name in ENGLISH.split(", "):
        joined = re.sub("[^a-zé]", "", name)
        made.append(Asked([name, f"#{joined}", f"@{joined}"], ["giveaway", "win a"]))
    for name in THAI.split(", "):
        made.append(Asked([name, f"#{name}", f"ร้าน{name}"], ["แจกฟรี", "กดไลก์ กดแชร์"]))
    return {f"brand-{number}": asked for number, asked in enumerate(made)}


class Network:
    """Messages as Jetstream sends them, the same for the same seed."""

    def __init__(self, folder: Path, *, thai: float, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        self._thai = thai
        self._texts = {
            "th": cycle(list(read_texts(folder / "wisesight" / "train.jsonl.gz"))),
            "en": cycle(_english(folder)),
        }
        self._people = [f"did:plc:{self._name(24)}" for _ in range(20_000)]
        self._posted: list[tuple[str, str]] = []

    def messages(self, count: int, mix: str) -> list[bytes]:
        """So many, a fortieth of a second apart."""
        kinds, shares = zip(*MIXES[mix].items(), strict=True)
        chosen = self._dice.choices(kinds, shares, k=count)
        return [
            orjson.dumps(self._message(kind, START + number * SPACING))
            for number, kind in enumerate(chosen)
        ]

    def _message(self, kind: str, at: int) -> dict[str, Any]:
        did = self._dice.choice(self._people)
        if kind in ("identity", "account"):
            moment = datetime.fromtimestamp(at / 1e6, UTC).isoformat().replace("+00:00", "Z")
            told: dict[str, Any] = {"did": did, "seq": at // 1000, "time": moment}
            told |= {"handle": f"{did[-8:]}.bsky.social"} if kind == "identity" else {}
            told |= {"active": True} if kind == "account" else {}
            return {"did": did, "time_us": at, "kind": kind, kind: told}
        commit: dict[str, Any] = {"rev": self._name(13), "operation": "create"}
        if kind in ("edit", "delete") and self._posted:
            did, rkey = self._dice.choice(self._posted)
            commit |= {"collection": "app.bsky.feed.post", "rkey": rkey}
        else:
            commit |= {"collection": _COLLECTIONS[kind], "rkey": self._name(13)}
        if kind == "delete":
            commit["operation"] = "delete"
        else:
            commit |= {"record": self._record(kind, at), "cid": f"bafyrei{self._name(52)}"}
        if kind == "edit":
            commit["operation"] = "update"
        if kind == "post":
            self._posted.append((did, commit["rkey"]))
        return {"did": did, "time_us": at, "kind": "commit", "commit": commit}

    def _record(self, kind: str, at: int) -> dict[str, Any]:
        moment = datetime.fromtimestamp(at / 1e6 - 1, UTC).isoformat(timespec="milliseconds")
        record: dict[str, Any] = {"$type": _COLLECTIONS[kind], "createdAt": moment[:-6] + "Z"}
        if kind == "follow":
            return record | {"subject": self._dice.choice(self._people)}
        if kind in ("like", "repost"):
            return record | {"subject": self._reference()}
        language = "th" if self._dice.random() < self._thai else "en"
        record |= {"langs": [language], "text": next(self._texts[language])}
        if self._dice.random() < 0.4:
            record["reply"] = {"parent": self._reference(), "root": self._reference()}
        return record

    def _reference(self) -> dict[str, str]:
        did = self._dice.choice(self._people)
        uri = f"at://{did}/app.bsky.feed.post/{self._name(13)}"
        return {"cid": f"bafyrei{self._name(52)}", "uri": uri}

    def _name(self, length: int) -> str:
        return "".join(self._dice.choices(ALPHABET, k=length))


_COLLECTIONS = {
    "post": "app.bsky.feed.post",
    "edit": "app.bsky.feed.post",
    "delete": "app.bsky.feed.post",
    "like": "app.bsky.feed.like",
    "repost": "app.bsky.feed.repost",
    "follow": "app.bsky.graph.follow",
}


def _english(folder: Path) -> list[str]:
    """Tweets about shares and titles of Hacker News by turns."""
    tweets = read_texts(folder / "stocknet" / "tweets_2014.jsonl.gz")
    titles = read_texts(folder / "hackernews" / "stories_2016_2018.jsonl.gz", "title")
    return [text for pair in zip(tweets, titles, strict=False) for text in pair]


class Tape:
    """Stands where the websocket is; breaks off at the end."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        self._next = iter(messages).__next__

    def receive(self, seconds: float) -> bytes:
        """The next message. Raises SourceDownError at the end."""
        try:
            return self._next()
        except StopIteration:
            raise SourceDownError("The tape is at its end.") from None

    def close(self) -> None:
        """Nothing to do."""


@dataclass
class Clock:
    """Seconds of the processor and of the wall, summed up."""

    cpu: float = 0.0
    wall: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall


@dataclass(frozen=True)
class Times:
    """What a run took, by phase, and what it stored."""

    phases: dict[str, float]
    wall: float
    stored: int

    @property
    def cpu(self) -> float:
        """All phases together."""
        return sum(self.phases.values())


def ours(messages: Sequence[bytes], asked: dict[str, Asked], folder: Path) -> Times:
    """The real source and the real keeper. Parsing is timed once more by itself."""
    parsing, hearing, storing = Clock(), Clock(), Clock()
    with parsing.running():
        for message in messages:
            read_event(message)
    key = AuthorKey("a key for benchmarks, and for nothing else")
    settings = SourceSettings(name="bluesky", type="bluesky", options={"backlog_minutes": 0})
    station = replace(stations([settings])[0], streaming=True)
    surroundings = Surroundings(
        folder, "UTC", {name: one.query() for name, one in asked.items()}, key
    )
    context = surroundings.context(station, now=lambda: NOW, wait=lambda _: False)
    db = open_database(folder / "krasae.db", ROOMS, create=True)
    keeper, tally = StoreKeeper(db, key), Tally()
    position = keeper.position(station)
    with patch("listener.fetch.websocket.open_socket", lambda *_: Tape(messages)):
        batches = hear(station, context, None)
        with closing(batches), hearing.running():
            try:
                for batch in batches:
                    with storing.running():
                        _, position = keeper.keep(
                            station, batch, since=position, tally=tally, now=NOW
                        )
            except SourceDownError:
                pass  # the tape's end
    (stored,) = db.execute("SELECT count(*) FROM mentions").fetchone()
    db.close()
    matching = hearing.cpu - storing.cpu - parsing.cpu
    phases = {"parse": parsing.cpu, "match": matching, "store": storing.cpu}
    return Times(phases, hearing.wall, stored)


def plain(messages: Sequence[bytes], asked: dict[str, Asked], folder: Path) -> Times:
    """What one would write first; it does not even heed deletions and edits."""
    parsing, matching, storing = Clock(), Clock(), Clock()
    expressions = [one.expressions() for one in asked.values()]
    db = sqlite3.connect(folder / "plain.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE posts (uri TEXT PRIMARY KEY, at INTEGER, author TEXT, text TEXT)")
    for start in range(0, len(messages), 1000):
        with parsing.running():
            read = [json.loads(message) for message in messages[start : start + 1000]]
            posted = [one for one in read if _is_post(one)]
        with matching.running():
            found = [one for one in posted if _matches(_text(one), expressions)]
        with storing.running():
            db.execute("BEGIN")
            for one in found:
                uri = f"at://{one['did']}/app.bsky.feed.post/{one['commit']['rkey']}"
                db.execute(
                    "INSERT OR IGNORE INTO posts VALUES (?, ?, ?, ?)",
                    [uri, one["time_us"] // 1000, one["did"], _text(one)],
                )
            db.execute("COMMIT")
    (stored,) = db.execute("SELECT count(*) FROM posts").fetchone()
    db.close()
    phases = {"parse": parsing.cpu, "match": matching.cpu, "store": storing.cpu}
    return Times(phases, parsing.wall + matching.wall + storing.wall, stored)


def _is_post(message: dict[str, Any]) -> bool:
    commit = message.get("commit", {})
    return commit.get("collection") == "app.bsky.feed.post" and "record" in commit


def _text(message: dict[str, Any]) -> str:
    text: str = message["commit"]["record"]["text"]
    return text


def _matches(text: str, expressions: Sequence[tuple[re.Pattern[str], re.Pattern[str]]]) -> bool:
    return any(
        wanted.search(text) and not unwanted.search(text) for wanted, unwanted in expressions
    )


def main() -> None:
    """Run both on each mix and print their rates."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="a folder with stocknet/, hackernews/, wisesight/")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--thai", type=float, help="share of Thai posts; else 0.5, 0 and 1")
    parser.add_argument("--mix", choices=MIXES, help="only this one")
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    asked = queries(chosen.data)
    run_both([], asked)  # what is loaded and made once
    print(f"{chosen.messages:,} messages, {len(asked)} queries; messages a second")
    print(
        f"{'mix':<11}{'thai':>5}  {'':<6}{'in all':>9}{'wall':>9}{'parse':>11}{'match':>11}"
        f"{'store':>11}{'stored':>10}"
    )
    for mix in [chosen.mix] if chosen.mix else MIXES:
        for thai in [chosen.thai] if chosen.thai is not None else (0.5, 0.0, 1.0):
            compare(chosen.data, asked, mix, thai, chosen.messages)


def compare(folder: Path, asked: dict[str, Asked], mix: str, thai: float, count: int) -> float:
    """One mix; how many times as fast as the plain loop it is."""
    results = run_both(Network(folder, thai=thai).messages(count, mix), asked)
    for name, times in results.items():
        phases = "".join(f"{count / seconds:>11,.0f}" for seconds in times.phases.values())
        print(
            f"{mix:<11}{thai:>5.0%}  {name:<6}{count / times.cpu:>9,.0f}"
            f"{count / times.wall:>9,.0f}{phases}{times.stored:>10,}"
        )
    ratio = results["plain"].cpu / results["ours"].cpu
    print(f"{'':18}ours is {ratio:.1f} times as fast as the plain loop", flush=True)
    return ratio


def run_both(messages: Sequence[bytes], asked: dict[str, Asked]) -> dict[str, Times]:
    """Each with a workspace of its own."""
    results = {}
    for name, run in {"ours": ours, "plain": plain}.items():
        with tempfile.TemporaryDirectory(prefix="krasae-bench-") as scratch:
            results[name] = run(messages, asked, Path(scratch))
    return results


if __name__ == "__main__":
    main()
