"""`krasae doctor`: looks at everything a workspace stands on, and goes on after a failure."""

import os
import sqlite3
import stat
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile
from zoneinfo import TZPATH

from krasae import database_checks
from krasae.environment import FILE as ENVIRONMENT_FILE
from krasae.environment import read_environment
from krasae.health import Check, Outcome, fail, failed, ok, warn
from krasae.schema import ROOMS
from krasae.settings import Settings, load_settings
from listener.errors import KrasaeError, SettingsError
from listener.settings import WorkspaceSettings
from listener.store import AuthorKey, open_database
from listener.store.authors import KEY_VARIABLE
from listener.store.database import OLDEST_SQLITE
from listener.store.keys import adopt

_ROOM_NAMES = ("alerts", "krasae", "listener", "locales", "nlp", "trends")
_EXTRAS = {
    "embeddings": ("sentence_transformers", "larger models"),
    "parquet": ("pyarrow", "Parquet files"),
    "topics": ("bertopic", "topics"),
    "train": ("sklearn", "retraining the models"),
}
# How a file of a model fails that is missing, cut off or damaged.
_UNREADABLE = (KrasaeError, ImportError, OSError, ValueError, LookupError, EOFError, BadZipFile)
_FETCH = "Nothing to do where this machine reaches huggingface.co; else name its folder."
_PROBE = "แบตเตอรี่ดีมาก the battery is great"


def examine(
    config: Path, *, now: int, environment: Mapping[str, str] | None = None
) -> Iterator[Check]:
    """Every check in turn; none of them writes anything. `now` in UTC ms."""
    folder = config.absolute().parent
    yield from _machine()
    yield from _packages()
    variables, check = _environment(folder, environment)
    yield check
    settings, check = _configuration(config, variables)
    yield check
    key, check = _author_key(variables, settings)
    yield check
    if settings:
        yield from _plugs(settings, folder)
    models = _models(settings)
    yield models
    yield from _embedding(settings)
    yield from database_checks.examine(
        database_checks.Patient(
            folder=folder,
            database=folder / (settings.workspace.database if settings else _database_in(config)),
            settings=settings if models.outcome is Outcome.OK else None,
            key=key,
        ),
        now=now,
    )


def is_well(checks: list[Check]) -> bool:
    """Whether nothing failed."""
    return all(check.outcome is not Outcome.FAIL for check in checks)


def adopt_author_key(config: Path, environment: Mapping[str, str] | None = None) -> None:
    """Take the author key that is set now for the database's own from now on."""
    folder = config.absolute().parent
    variables = read_environment(folder, environment)
    settings = load_settings(config, variables)
    key = AuthorKey(variables.get(KEY_VARIABLE, ""), hashed=settings.authors.hash)
    db = open_database(folder / settings.workspace.database, ROOMS)
    try:
        adopt(db, key)
    finally:
        db.close()


def _machine() -> Iterator[Check]:
    yield ok("python", f"Python {'.'.join(map(str, sys.version_info[:3]))}")
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield fail(
            "sqlite",
            f"SQLite {version} is older than 3.37.",
            "Use a Python that was built with a newer SQLite.",
        )
    else:
        yield ok("sqlite", f"SQLite {version}")
    yield _zone_data()


def _zone_data() -> Check:
    if find_spec("tzdata"):
        return ok("time zones", "from the tzdata package")
    folders = [folder for folder in TZPATH if Path(folder).is_dir()]
    if folders:
        return ok("time zones", f"from {folders[0]}")
    return fail("time zones", "There are no time zone data.", "pip install tzdata")


def _packages() -> Iterator[Check]:
    owners = packages_distributions()
    clashes = {
        room: others
        for room in _ROOM_NAMES
        if (others := sorted({*owners.get(room, [])} - {"krasae"}))
    }
    for room, others in clashes.items():
        yield warn(
            "packages",
            f"{', '.join(others)} also installs a package named {room}.",
            "Install Krasae into an environment of its own: python -m venv .venv",
        )
    if not clashes:
        yield ok("packages", "no other package bears the name of one of ours")
    for extra, (module, use) in _EXTRAS.items():
        there = find_spec(module) is not None
        state = "installed" if there else f"not installed: pip install 'krasae[{extra}]'"
        yield ok(f"extra {extra}", f"for {use}; {state}")


def _configuration(config: Path, environment: Mapping[str, str]) -> tuple[Settings | None, Check]:
    try:
        settings = load_settings(config, environment)
    except SettingsError as error:
        return None, failed("configuration", error)
    brands = len(settings.brands)
    said = f"{brands} brand{'' if brands == 1 else 's'}" if brands else "no brands: one stream"
    return settings, ok("configuration", f"{config}: {said}")


def _environment(
    folder: Path, environment: Mapping[str, str] | None
) -> tuple[Mapping[str, str], Check]:
    path = folder / ENVIRONMENT_FILE
    try:
        variables = read_environment(folder, environment)
    except SettingsError as error:
        return environment or {}, failed("secrets file", error)
    if not path.exists():
        return variables, ok("secrets file", f"there is no {path}; the environment is used alone")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return variables, warn(
            "secrets file", f"{path} can be read by other users.", f"chmod 600 {path}"
        )
    return variables, ok("secrets file", f"{path} is yours alone")


def _author_key(
    variables: Mapping[str, str], settings: Settings | None
) -> tuple[AuthorKey | None, Check]:
    try:
        key = AuthorKey(
            variables.get(KEY_VARIABLE, ""), hashed=settings.authors.hash if settings else True
        )
    except SettingsError as error:
        return None, failed("author key", error)
    return key, ok("author key", f"{KEY_VARIABLE} is set")


def _plugs(settings: Settings, folder: Path) -> Iterator[Check]:
    from alerts.channels import Context, connect
    from listener.collect.station import stations

    for source in settings.sources:
        name = f"source {source.name}"
        try:
            [station] = stations([source])
        except SettingsError as error:
            yield failed(name, error)
        else:
            fault = station.fault
            yield failed(name, fault) if fault else ok(name, f"of type {source.type}")
    for channel in settings.channels:
        name = f"channel {channel.name}"
        try:
            connect(channel, Context(folder))
        except KrasaeError as error:
            yield failed(name, error)
        else:
            yield ok(name, f"of type {channel.type}")


def _models(settings: Settings | None) -> Check:
    from krasae.models import NOT_HERE, named_models
    from nlp.pretrained import folder_of
    from nlp.settings import NlpSettings

    nlp = settings.nlp if settings else NlpSettings()
    for task, name in named_models(nlp):
        if task == "sentiment" and _can_be_fetched(name) and folder_of(name) is None:
            return warn("models", f'The sentiment model "{name}" is {NOT_HERE}.', _FETCH)
    try:
        from nlp.enrich import Enricher

        [found] = Enricher(nlp).enrich([_PROBE])
    except SettingsError as error:
        return failed("models", error)
    except _UNREADABLE as error:
        return fail(
            "models",
            f"The models that read texts cannot be loaded: {error}.",
            "Install Krasae again: its files are incomplete.",
        )
    return ok("models", f"loaded; the probe is {found.language} and {found.sentiment}")


def _embedding(settings: Settings | None) -> Iterator[Check]:
    """The embedding that is named in place of the shipped one: another is loaded when needed."""
    from krasae.models import MINILM, NOT_HERE
    from nlp.embeddings import embedding
    from nlp.pretrained import folder_of
    from nlp.settings import SHIPPED

    name = settings.nlp.embedding if settings else SHIPPED
    if name == SHIPPED:
        return
    if name != MINILM and _can_be_fetched(name) and folder_of(name) is None:
        yield warn("embedding", f'"{name}" is {NOT_HERE}.', _FETCH)
        return
    try:
        dimensions = embedding(name).dimensions
    except SettingsError as error:
        yield failed("embedding", error)
    else:
        yield ok("embedding", f'"{name}" is loaded; it has {dimensions} dimensions')


def _can_be_fetched(name: str) -> bool:
    """Whether it is a name on huggingface.co, and the library is there that fetches."""
    from nlp.pretrained import is_name

    return is_name(name) and find_spec("huggingface_hub") is not None


def _database_in(config: Path) -> Path:
    """The database that a configuration names although it cannot be used otherwise."""
    try:
        named = tomllib.loads(config.read_text("utf-8-sig"))["workspace"]["database"]
        return Path(named)
    except (OSError, ValueError, LookupError, TypeError):
        return Path(WorkspaceSettings.model_fields["database"].default)
