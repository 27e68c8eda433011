"""A workspace: its settings, its database, its author key. Every command opens one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from krasae.schema import ROOMS
from krasae.settings import Settings, load_settings
from listener.store import AuthorKey, open_database
from listener.store.authors import KEY_VARIABLE

CONFIG = Path("config.toml")


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a command works on. Paths in the settings are relative to `folder`."""

    folder: Path
    settings: Settings
    db: Database
    key: AuthorKey


@contextmanager
def open_workspace(
    config: Path = CONFIG,
    *,
    create: bool = False,
    read_only: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[Workspace]:
    """Read the configuration and open its database; both are closed at the end."""
    settings = load_settings(config)
    folder = config.absolute().parent
    secret = environment.get(KEY_VARIABLE, "")
    key = AuthorKey(secret, hashed=settings.authors.hash)
    db = open_database(
        folder / settings.workspace.database, ROOMS, create=create, read_only=read_only
    )
    try:
        yield Workspace(folder, settings, db, key)
    finally:
        db.close()
