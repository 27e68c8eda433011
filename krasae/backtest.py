"""Backtest: the live detection over history, with nothing written."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import orjson
from sqlite_utils import Database

from alerts.alert import Alert, fold, raise_or_update, subject
from alerts.message import iso
from krasae.schema import ROOMS
from krasae.workspace import Workspace
from listener.importers import ImportReport, Progress, import_file, load_profile
from listener.importers.profile import Profile
from listener.query import BrandMatcher, Document
from listener.stage import Stage, Step, steps
from listener.store import AuthorKey, open_database
from nlp.enrich import Enricher
from nlp.settings import NlpSettings
from nlp.stage import EnrichStage
from trends.model import Signal
from trends.replay import replay
from trends.settings import TrendSettings
from trends.stage import stored_gaps, stored_observations

_FOREVER = 1 << 62
# Authors of a file that is only tried out are kept nowhere; they need no secret of anybody's.
_PASSING_KEY = "authors of a backtest, kept nowhere"


class Watcher(Protocol):
    """Is told how far a long backtest is."""

    def imported(self, progress: Progress) -> None:
        """Some rows of the file were read."""
        ...

    def stepped(self, stage: Stage, step: Step) -> None:
        """A stage did a step."""
        ...


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """Each label that the file puts on a mention is a brand."""

    def match(self, document: Document) -> tuple[str, ...]:
        """The labels, in their order."""
        return document.labels


def of_workspace(
    workspace: Workspace,
    *,
    since: int | None,
    until: int | None,
    settings: TrendSettings | None = None,
) -> Iterator[Alert]:
    """The alerts that detection raises over a workspace's history, each as it was raised.

    History before `since` is what the detection learns from; nothing after `until` is
    looked at (UTC ms). `settings` stand in for the workspace's own. Outages of sources are no
    part of it: what the daemon saw of its sources cannot be tried again.
    """
    signals = signals_of_workspace(workspace, settings or workspace.settings.trends, until=until)
    for alert in _raised(signals):
        if since is None or alert.detected_at >= since:
            yield alert


def signals_of_workspace(
    workspace: Workspace, settings: TrendSettings, *, until: int | None
) -> Iterator[Signal]:
    """All signals over a workspace's history up to `until` (UTC ms, exclusive)."""
    observations = stored_observations(
        workspace.db,
        since=0,
        until=_FOREVER if until is None else until,
        whole_stream=not workspace.settings.brands,
    )
    # What came late is among the observations, so a gap that was repaired is none to them.
    return replay(observations, settings, gaps=stored_gaps(workspace.db, repaired=False))


def at_height(signals: Iterable[Signal], *, since: int | None) -> list[Alert]:
    """The alerts of these signals as they were in the end, of those raised at `since` or later."""
    alerts = fold(signals).values()
    return [alert for alert in alerts if since is None or alert.detected_at >= since]


@dataclass(frozen=True, slots=True)
class Trial:
    """A file that was read and understood, to be replayed; `db` lives as long as the trial."""

    db: Database
    report: ImportReport
    whole_stream: bool
    until: int

    def alerts(self, settings: TrendSettings) -> Iterator[Alert]:
        """The alerts that detection raises over the file, each as it was raised."""
        return _raised(self.signals(settings))

    def signals(self, settings: TrendSettings) -> Iterator[Signal]:
        """All signals over the file."""
        observations = stored_observations(
            self.db, since=0, until=self.until, whole_stream=self.whole_stream
        )
        return replay(observations, settings)


@contextmanager
def trial(
    path: Path,
    profile: Profile,
    *,
    timezone: str,
    now: int,
    watcher: Watcher,
    until: int | None = None,
) -> Iterator[Trial]:
    """Read a file into a passing database; each label is a brand where the profile says so.

    Nothing published at `until` (UTC ms) or later is replayed.
    """
    with TemporaryDirectory(prefix="krasae-") as folder:
        db = open_database(Path(folder) / "trial.db", ROOMS, create=True)
        try:
            report = import_file(
                db,
                path,
                profile,
                key=AuthorKey(_PASSING_KEY),
                source="backtest",
                timezone=timezone,
                now=now,
                on_progress=watcher.imported,
            )
            by_label = profile.brands == "labels"
            matcher = LabelMatcher() if by_label else BrandMatcher({})
            stage = EnrichStage(Enricher(NlpSettings()), matcher)
            for step in steps(stage, db, now=now):
                watcher.stepped(stage, step)
            yield Trial(db, report, not by_label, _FOREVER if until is None else until)
        finally:
            db.close()


def named_profile(name: str, folder: Path) -> Profile:
    """A profile by its name, of the workspace in `folder` or one that comes with Krasae."""
    return load_profile(name, folder / "profiles")


def _raised(signals: Iterable[Signal]) -> Iterator[Alert]:
    seen: set[int] = set()
    for signal in signals:
        if signal.event not in seen:
            seen.add(signal.event)
            yield raise_or_update(None, signal)


def values(db: Database, alert: Alert, *, brand_name: str, timezone: str = "UTC") -> dict[str, Any]:
    """An alert as raised, as a JSON object; the zone is that of the times in its subject."""
    return {
        "detected_at": iso(alert.detected_at),
        "kind": alert.kind.value,
        "brand": alert.brand,
        "subject": subject(alert, brand_name, "en", timezone),
        "terms": list(alert.terms),
        "severity": alert.severity,
        "window": [iso(alert.window_start), iso(alert.window_end)],
        "observed": alert.observed,
        "expected": alert.expected,
        "lower": alert.lower,
        "upper": alert.upper,
        "score": alert.score,
        "unique_authors": alert.unique_authors,
        "duplicate_share": alert.duplicate_share,
        "reach": alert.reach,
        "mention_ids": native_ids(db, alert.mention_seqs),
    }


def native_ids(db: Database, seqs: Sequence[int]) -> list[str]:
    """What the platforms call these mentions, in the same order."""
    rows = db.execute(
        """
        SELECT m.native_id FROM json_each(?) AS wanted JOIN mentions AS m ON m.seq = wanted.value
        ORDER BY wanted.key
        """,
        [orjson.dumps(list(seqs)).decode()],
    )
    return [row[0] for row in rows]
