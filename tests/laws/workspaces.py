"""Workspaces for the laws, made from the corpus' configuration."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from krasae import pipeline
from krasae.engine import local
from krasae.workspace import Workspace, open_workspace
from listener.model import Mention
from listener.store import append
from tests.laws.corpus import CONFIG, NOW

ENVIRONMENT = {"KRASAE_AUTHOR_KEY": "a key for the tests, and for nothing else"}


@contextmanager
def workspace_in(folder: Path) -> Iterator[Workspace]:
    """The workspace in a folder, made if there is none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.toml"
    if not config.exists():
        config.write_text(CONFIG, "utf-8")
    with open_workspace(config, create=True, environment=ENVIRONMENT) as workspace:
        yield workspace


def hear(workspace: Workspace, mentions: Sequence[Mention]) -> None:
    """Append mentions to the log, as a source would."""
    append(workspace.db, mentions, source="test", key=workspace.key, now=NOW)


def run_all(workspace: Workspace, *, flush: bool = True, limit: int = 1000) -> None:
    """Run every stage to its end."""
    local.run(pipeline.build(workspace, flush=flush), workspace.db, now=NOW, limit=limit)
