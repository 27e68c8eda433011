"""Topics are fitted in a child process: its memory comes back, and what listens goes on."""

import os
import signal
from collections.abc import Generator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from krasae.engine.local import guarded
from krasae.schema import ROOMS
from krasae.topics import Asked, asked, find, in_words, posts_of
from krasae.workspace import Workspace
from listener.errors import InputError, KrasaeError, StoreError
from listener.store import open_database
from nlp.topic_stage.fits import Found, count_topics, keep, latest
from nlp.topic_stage.window import window

_NICENESS = 10  # of the child: those who listen come first
_PATIENCE = 5.0  # seconds for a child to end that was told to


def refit(workspace: Workspace, *, since: int, now: int) -> Generator[str | None, None, None]:
    """Fit the topics of every brand that was not fitted since then; all times UTC ms.

    Yields None while a child is at work, and a line for each brand that is done, or has too
    few posts. Closed in the middle, it ends the child, and nothing of it is kept.
    """
    db, settings = workspace.db, workspace.settings
    failed: KrasaeError | None = None
    for what in asked(settings):
        last = latest(db, what.brand)
        heard = window(db, what.brand, days=what.days, now=now)
        if heard is None or (last and last.at >= since):
            continue
        try:
            posts_of(db, what, now=now)
            with Child(workspace.folder / settings.workspace.database, what, now=now) as child:
                while child.is_busy():
                    yield None
                stored = keep(db, child.result(), now=now)
        except InputError as error:
            yield f"left out: {error.message}"
        except StoreError:
            raise
        except KrasaeError as error:  # the other brands' turn comes all the same
            failed = error
        else:
            yield in_words(what.name, stored, count_topics(db, stored))
    if failed:
        raise failed


class Child:
    """A process that fits the topics of one brand; left, it is ended."""

    def __init__(self, database: Path, what: Asked, *, now: int) -> None:
        context = get_context("spawn")  # a fork would take the daemon's threads' locks along
        self._here, there = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_fit, args=(there, database, what, now), name="topics", daemon=True
        )
        self._process.start()
        there.close()

    def is_busy(self) -> bool:
        """Whether there is no answer yet, and one may still come."""
        return not self._here.poll()

    def result(self) -> Found:
        """Its answer; what went wrong in it is raised here."""
        try:
            answer = self._here.recv()
        except EOFError as error:
            self._process.join(_PATIENCE)
            code = self._process.exitcode
            raise KrasaeError(
                f"The process that fits topics ended early ({code}).",
                remedy="It needs some 1.5 GB of memory, and may have had less."
                if code is not None and code < 0
                else "What it wrote to the standard error says why. If Krasae was upgraded "
                "meanwhile, start `krasae run` anew.",
            ) from error
        if isinstance(answer, KrasaeError):
            raise answer
        assert isinstance(answer, Found)  # noqa: S101
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._here.close()
        self._process.terminate()
        self._process.join(_PATIENCE)


def _fit(there: Connection, database: Path, what: Asked, now: int) -> None:
    """What the child does: it reads, it never writes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's to answer
    with suppress(AttributeError):
        os.nice(_NICENESS)
    answer: Found | KrasaeError
    try:
        with guarded("fitting topics"):
            db = open_database(database, ROOMS, read_only=True)
            answer = find(db, what, now=now)
            db.close()
    except KrasaeError as error:
        answer = error
    with suppress(BrokenPipeError):  # nobody waits any more
        there.send(answer)
