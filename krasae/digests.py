"""Writing a workspace's digest, for the command and for the daemon."""

from pathlib import Path

from alerts.digest.day import Day
from alerts.digest.facts import gather
from alerts.digest.model import Facts
from alerts.digest.write import Written, write_digest
from krasae.workspace import Workspace


def write(
    workspace: Workspace,
    day: Day,
    *,
    now: int,
    folder: Path | None = None,
    language: str | None = None,
) -> tuple[Facts, Written]:
    """Write a day's digest into `folder`, or `digests` beside config.toml; `now` in UTC ms."""
    settings = workspace.settings
    facts = gather(
        workspace.db,
        day,
        workspace=settings.workspace,
        brands=settings.brands,
        sources=[source.name for source in settings.sources],
        trends=settings.trends,
    )
    written = write_digest(
        workspace.db,
        facts,
        folder or workspace.folder / "digests",
        language=language or settings.digest.language or settings.workspace.language,
        timezone=settings.workspace.timezone,
        now=now,
    )
    return facts, written
