"""Platforms, a child process that listens to them, what happens to it, and the reckoning."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from krasae.schema import ROOMS
from listener.store import open_database
from tests.soak.platform import QUERY, Platform

_ROOT = Path(__file__).parents[2]
_CONFIG = f"""\
[workspace]
name = "Soak"

[[brands]]
id = "soak"
name = "Soak"
query = '{QUERY}'

[[brands]]
id = "other"
name = "Another"
query = '"another brand" OR อีกแบรนด์'
"""
_LOOK = 0.1  # seconds between two looks
_STOPS = 10.0  # seconds that a child may take to end after SIGTERM
_SETTLES = 60.0  # seconds in which gaps are repaired when all has come
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Plan:
    """How bad it gets: means of exponential times, in seconds.

    Children are killed until `storm` (a share) of all is kept; the one that lives then is to
    live to the end, and its memory is looked at.
    """

    seed: int = 1
    kill_every: float = 8.0
    disturb_every: float = 2.0
    restart_every: float = 20.0
    storm: float = 0.4
    most_kills: int = 1_000
    early: float = 0.2  # the share of children that are killed while they start
    gentle: float = 0.15  # the share of children that are asked to stop instead
    longest: float = 840.0
    command: Sequence[str] = (sys.executable, "-m", "krasae")


@dataclass(frozen=True)
class Sample:
    """The child's memory at a moment: seconds, items sent until then, bytes."""

    child: int
    at: float
    items: int
    resident: int


@dataclass
class Outcome:
    """What the run came to. What is wrong comes as native ids, at most a few of each."""

    seconds: float = 0.0
    items: int = 0
    stored: int = 0
    deleted: int = 0
    done: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    gaps: int = 0
    open_gaps: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything is as it has to be."""
        return not (
            self.lost or self.doubled or self.strange or self.wrong or self.faults or self.open_gaps
        )


class Soak:
    """One run, in an empty folder."""

    def __init__(self, folder: Path, platforms: Sequence[Platform], plan: Plan) -> None:
        self._folder = folder.absolute()
        self._platforms = platforms
        self._plan = plan
        self._dice = random.Random(plan.seed)
        self._outcome = Outcome()
        self._child: subprocess.Popen[bytes] | None = None
        self._expected = {platform.name: platform.expected() for platform in platforms}
        self._death: float | None = None  # of the child
        self._rows_before = 0  # it began
        self._started = time.monotonic()

    def run(self) -> Outcome:
        """Begin, disturb, end and reckon."""
        for platform in self._platforms:
            platform.start()
        try:
            self._make_workspace()
            with self._database() as db:
                self._weather(db)
                if not self._outcome.faults:
                    self._settle(db)
            self._stop_child(at_once=False)
        finally:
            if self._child and self._child.poll() is None:
                self._child.kill()
                self._child.wait()
            for platform in self._platforms:
                platform.stop()
        self._outcome.seconds = time.monotonic() - self._started
        self._outcome.items = self._sent()
        with self._database() as db:
            self._reckon(db)
        return self._outcome

    def _make_workspace(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        sections = "\n".join(platform.sections() for platform in self._platforms)
        (self._folder / "config.toml").write_text(f"{_CONFIG}\n{sections}", "utf-8")
        key = "KRASAE_AUTHOR_KEY='a key for the soak run'\nSOAK_TOKEN='a token'\n"
        (self._folder / ".env").write_text(key, "utf-8")
        open_database(self._folder / "krasae.db", ROOMS, create=True).close()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        uri = f"{(self._folder / 'krasae.db').as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            yield db

    def _sent(self) -> int:
        return sum(platform.sent() for platform in self._platforms)

    def _now(self) -> float:
        return time.monotonic() - self._started

    def _weather(self, db: sqlite3.Connection) -> None:
        """Listen, with all that happens, until every platform has nothing more to say."""
        plan, dice = self._plan, self._dice
        kept = sum(len(expected) for expected in self._expected.values())
        disturb, restart = (
            dice.expovariate(1 / mean) for mean in (plan.disturb_every, plan.restart_every)
        )
        waiting = list(self._platforms)
        self._begin(db)
        while waiting:
            time.sleep(_LOOK)
            now = self._now()
            if now > plan.longest:
                names = ", ".join(platform.name for platform in waiting)
                self._outcome.faults.append(f"after {now:.0f} s there is more to come of {names}")
                return
            self._look_after_child(db)
            stormy = _rows(db) < plan.storm * kept and self._kills < plan.most_kills
            if stormy and self._is_time_to_strike(db):
                self._strike(db)
            if now > disturb:
                platform = dice.choice(self._platforms)
                self._outcome.done[f"{platform.name} {platform.disturb(dice)}"] += 1
                disturb = now + dice.expovariate(1 / plan.disturb_every)
            if now > restart:
                self._restart(dice.choice(self._platforms))
                restart = self._now() + dice.expovariate(1 / plan.restart_every)
            waiting = [platform for platform in waiting if not platform.finished(db)]

    def _is_time_to_strike(self, db: sqlite3.Connection) -> bool:
        """Some die while they start; the others live for a while after they kept something."""
        if self._death is None and _rows(db) > self._rows_before:
            self._death = self._now() + self._dice.expovariate(1 / self._plan.kill_every)
        return self._death is not None and self._now() > self._death

    def _begin(self, db: sqlite3.Connection) -> None:
        self._rows_before = _rows(db)
        early = self._dice.random() < self._plan.early
        self._death = self._now() + self._dice.uniform(0, 4) if early else None
        with (self._folder / "child.log").open("ab") as log:
            self._child = subprocess.Popen(
                [*self._plan.command, "listen", "--json"],
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._outcome.done["children"] += 1

    def _look_after_child(self, db: sqlite3.Connection) -> None:
        """Take its measure; begin again if it ended, which it must not do by itself."""
        child = self._child
        assert child is not None
        if child.poll() is not None:
            self._outcome.faults.append(f"a child ended by itself with {child.returncode}")
            self._begin(db)
            return
        resident = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1]) * _PAGE
        self._outcome.samples.append(Sample(child.pid, self._now(), self._sent(), resident))

    @property
    def _kills(self) -> int:
        return self._outcome.done["kills"]

    def _strike(self, db: sqlite3.Connection) -> None:
        """Kill the child, or, now and then, ask it to stop; and begin again."""
        child = self._child
        assert child is not None
        if self._dice.random() < self._plan.gentle:
            self._stop_child(at_once=True)
        else:
            child.kill()
            child.wait()
            self._outcome.done["kills"] += 1
        self._begin(db)

    def _stop_child(self, *, at_once: bool) -> None:
        """Ask it to stop. One that has only just begun may know no better than to die of it."""
        child = self._child
        assert child is not None
        child.send_signal(signal.SIGTERM)
        self._outcome.done["stops"] += 1
        try:
            code = child.wait(_STOPS)
        except subprocess.TimeoutExpired:
            self._outcome.faults.append(f"a child did not stop within {_STOPS:.0f} s")
            child.kill()
            child.wait()
            return
        if code not in ((0, -signal.SIGTERM) if at_once else (0,)):
            self._outcome.faults.append(f"a child that was asked to stop ended with {code}")

    def _restart(self, platform: Platform) -> None:
        platform.stop()
        time.sleep(self._dice.uniform(0, 1.5))
        platform.start()
        self._outcome.done[f"{platform.name} restarts"] += 1

    def _settle(self, db: sqlite3.Connection) -> None:
        """Let the sources find out that nothing is missing any more."""
        deadline = time.monotonic() + _SETTLES
        while time.monotonic() < deadline and _open_gaps(db):
            time.sleep(_LOOK)

    def _reckon(self, db: sqlite3.Connection) -> None:
        outcome = self._outcome
        for platform in self._platforms:
            self._compare(db, platform)
        (outcome.stored,) = db.execute("SELECT count(*) FROM mentions").fetchone()
        (outcome.deleted,) = db.execute(
            "SELECT count(*) FROM mentions WHERE deleted_at IS NOT NULL"
        ).fetchone()
        (outcome.gaps,) = db.execute("SELECT count(*) FROM source_gaps").fetchone()
        outcome.open_gaps += _open_gaps(db)
        check = db.execute("PRAGMA integrity_check").fetchone()[0]
        if check != "ok":
            outcome.faults.append(f"the database: {check}")

    def _compare(self, db: sqlite3.Connection, platform: Platform) -> None:
        """Hold what is stored of a platform against its model."""
        outcome, expected = self._outcome, dict(self._expected[platform.name])
        rows = db.execute(
            "SELECT native_id, text, deleted_at FROM mentions WHERE source GLOB ?",
            [f"{platform.name}*"],
        )
        seen: set[str] = set()
        for native_id, text, deleted_at in rows:
            wanted = expected.pop(native_id, None)
            item = text.partition(":")[0]
            if wanted is None:
                outcome.strange.append(native_id)
            elif text != wanted or (deleted_at is not None) != (wanted == ""):
                outcome.wrong.append(native_id)
            if text and item in seen:
                outcome.doubled.append(native_id)
            seen.add(item)
        outcome.lost += expected


def _rows(db: sqlite3.Connection) -> int:
    """How many mentions there are, or were: none is ever erased here."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM mentions").fetchone()[0])


def _open_gaps(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        "SELECT source, since, until, cause FROM source_gaps WHERE repaired_at IS NULL"
    )
    return [" ".join(map(str, row)) for row in rows]
