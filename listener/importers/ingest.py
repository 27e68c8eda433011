"""Importing a file into the store, batch by batch.

Each batch is one transaction, and a row is known by its platform and id. So a run that was
killed anywhere and is repeated ends with the same mentions as one that was not.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from listener.errors import InputError
from listener.importers.profile import Profile
from listener.importers.reading import Progress, Reading, WrongProfileError
from listener.importers.refused import RefusedFile
from listener.importers.rows import Refusal
from listener.importers.scratch import scratch
from listener.model import Mention, clean_text
from listener.store import AuthorKey, append_within, runs, transaction

BATCH = 1000
# An import writes all over three indices: SQLite's own 2 MB of cache and a checkpoint every
# 4 MB make it write the same pages again and again.
_CACHE_KIB = 32_768
_CHECKPOINT_PAGES = 4_000
_EXAMPLES = 5
_MAX_HELD = 8 << 20  # characters in one batch


@dataclass(slots=True)
class ImportReport:
    """What became of a file's rows: `read` = `new` + `updated` + `known` + `refused`.

    `reasons` counts refusals by their code; `notes` counts what was put right, left empty
    or assumed.
    """

    path: Path
    profile: str
    dry_run: bool = False
    format: str = ""
    encoding: str | None = None
    read: int = 0
    new: int = 0
    updated: int = 0
    known: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[Refusal] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    refused_file: Path | None = None
    hint: str = ""

    def as_json(self) -> dict[str, Any]:
        """The report for scripts."""
        return {
            "file": clean_text(str(self.path)),
            "format": self.format,
            "encoding": self.encoding,
            "profile": self.profile,
            "dry_run": self.dry_run,
            "read": self.read,
            "new": self.new,
            "updated": self.updated,
            "known": self.known,
            "refused": self.refused,
            "reasons": dict(self.reasons),
            "notes": self.notes,
            "refused_file": clean_text(str(self.refused_file)) if self.refused_file else None,
        }


class ImportStoppedError(InputError):
    """The file could not be read to its end; `report` tells what was imported before."""

    def __init__(self, error: InputError, report: ImportReport) -> None:
        kept = report.read - report.refused
        fate = "would be" if report.dry_run else "were"
        before = f" The {kept:,} rows before {fate} imported." if kept else ""
        super().__init__(error.message + before, remedy=error.remedy)
        self.report = report


def import_file(
    db: Database,
    path: Path,
    profile: Profile,
    *,
    key: AuthorKey,
    source: str = "import",
    timezone: str | ZoneInfo,
    now: int,
    on_progress: Callable[[Progress], None] | None = None,
    dry_run: bool = False,
    batch: int = BATCH,
) -> ImportReport:
    """Import a file. `now` is UTC ms; times without a zone are in `timezone`.

    Refused rows go to a file beside the input. With `dry_run` nothing is written, and the
    report says what would have been. Raises WrongProfileError when none of the first rows
    fits, ImportStoppedError when the file breaks off, InputError when it cannot be opened.
    """
    report = ImportReport(path, profile.name, dry_run)
    with ExitStack() as exits:
        reading = exits.enter_context(Reading(path, profile, timezone=timezone, now=now, key=key))
        report.format = reading.format
        target: Database = db
        recall: Callable[[Sequence[Mention]], None] | None = None
        refused: RefusedFile | None = None
        if dry_run:
            throwaway = exits.enter_context(scratch(db))
            target, recall = throwaway.db, throwaway.recall
        else:
            refused = exits.enter_context(RefusedFile(path, _folder_of(db)))
        exits.enter_context(_roomy(target))
        job = _Import(target, reading, report, refused, recall, key=key, source=source, now=now)
        job.run(batch, on_progress)
    return report


class _Import:
    """One import under way: what is read goes to the store, the refused file, the report."""

    def __init__(
        self,
        db: Database,
        reading: Reading,
        report: ImportReport,
        refused: RefusedFile | None,
        recall: Callable[[Sequence[Mention]], None] | None,
        *,
        key: AuthorKey,
        source: str,
        now: int,
    ) -> None:
        self._db = db
        self._reading = reading
        self._report = report
        self._refused = refused
        self._recall = recall
        self._key = key
        self._source = source
        self._now = now
        self._began = time.monotonic()
        self._run_id = 0

    def run(self, batch: int, on_progress: Callable[[Progress], None] | None) -> None:
        """Read to the end; the line in `runs` keeps its NULL outcome if we are killed."""
        self._start()
        try:
            for group in _groups(self._reading, batch):
                self._store(group)
                if on_progress:
                    on_progress(self._reading.progress)
        except WrongProfileError:
            if self._refused:
                self._refused.discard()
            self._end("failed")
            raise
        except InputError as error:
            self._end("failed")
            raise ImportStoppedError(error, self._report) from error
        if self._refused:
            self._refused.finish()
        self._end("done")

    def _store(self, group: list[Mention | Refusal]) -> None:
        mentions = [result for result in group if isinstance(result, Mention)]
        refusals = [result for result in group if isinstance(result, Refusal)]
        if self._recall:
            self._recall(mentions)
        report = self._report
        with transaction(self._db) as connection:
            stored = append_within(
                connection, mentions, source=self._source, key=self._key, now=self._now
            )
            runs.count(connection, self._run_id, stored, refused=len(refusals))
        report.read += len(group)
        report.new += stored.new
        report.updated += stored.updated
        report.known += stored.known
        report.refused += len(refusals)
        report.reasons.update(refusal.code for refusal in refusals)
        report.examples += refusals[: _EXAMPLES - len(report.examples)]
        if self._refused:
            self._refused.write(refusals)

    def _start(self) -> None:
        with transaction(self._db) as connection:
            what = f"import {clean_text(self._report.path.name)}"
            self._run_id = runs.begin(connection, what, now=self._now)

    def _end(self, outcome: runs.Outcome) -> None:
        report = self._report
        report.encoding = self._reading.encoding
        report.notes = dict(self._reading.notes)
        report.refused_file = self._refused.path if self._refused else None
        if report.refused == report.read > 0:
            report.hint = self._reading.hint()
        spent = round((time.monotonic() - self._began) * 1000)
        with transaction(self._db) as connection:
            runs.end(connection, self._run_id, outcome, now=self._now + spent)


def _groups(reading: Reading, size: int) -> Iterator[list[Mention | Refusal]]:
    """Rows in groups of `size`, or fewer long ones; also the last when the file breaks off."""
    group: list[Mention | Refusal] = []
    held = 0
    try:
        for result in reading:
            group.append(result)
            held += len(result.text) if isinstance(result, Mention) else len(str(result.values))
            if len(group) == size or held > _MAX_HELD:
                yield group
                group, held = [], 0
    except InputError:
        if group:
            yield group
        raise
    if group:
        yield group


@contextmanager
def _roomy(db: Database) -> Iterator[None]:
    """More cache and fewer checkpoints while an import runs."""
    before = [
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("cache_size", "wal_autocheckpoint")
    ]
    _set_pragmas(db, -_CACHE_KIB, _CHECKPOINT_PAGES)
    try:
        yield
    finally:
        _set_pragmas(db, *before)


def _set_pragmas(db: Database, cache_size: int, checkpoint: int) -> None:
    db.execute(f"PRAGMA cache_size = {int(cache_size)}")
    db.execute(f"PRAGMA wal_autocheckpoint = {int(checkpoint)}")


def _folder_of(db: Database) -> Path | None:
    for _, name, file in db.execute("PRAGMA database_list").fetchall():
        if name == "main" and file:
            return Path(file).parent
    return None
