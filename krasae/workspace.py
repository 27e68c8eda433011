"""A workspace: its settings, its database, its author key. Every command opens one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from krasae.environment import read_environment
from krasae.schema import ROOMS
from krasae.settings import Settings, load_settings
from listener.store import AuthorKey, open_database
from listener.store.authors import KEY_VARIABLE
from listener.store.keys import check_key, claim

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
    environment: Mapping[str, str] | None = None,
) -> Iterator[Workspace]:
    """Read the configuration and open its database; it is closed at the end.

    `environment` stands in for the process's own; the `.env` beside `config` is under it.
    """
    folder = config.absolute().parent
    variables = read_environment(folder, environment)
    settings = load_settings(config, variables)
    key = AuthorKey(variables.get(KEY_VARIABLE, ""), hashed=settings.authors.hash)
    db = open_database(
        folder / settings.workspace.database, ROOMS, create=create, read_only=read_only
    )
    try:
        if read_only:
            check_key(db, key)
        else:
            claim(db, key)
        yield Workspace(folder, settings, db, key)
    finally:
        db.close()
