"""config.toml as one typed value, put together from the rooms' sections."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError

from alerts.settings import AlertSettings, ChannelSettings, DigestSettings
from krasae.daemon.settings import DaemonSettings
from krasae.environment import read_environment
from listener.errors import SettingsError
from listener.refusals import Place, Problem, dotted, in_words, line_of
from listener.settings import (
    AuthorSettings,
    BrandSettings,
    ReceiverSettings,
    RetentionSettings,
    Section,
    SourceSettings,
    WorkspaceSettings,
)
from nlp.settings import NlpSettings
from trends.settings import TrendSettings

Plugged = TypeVar("Plugged", SourceSettings, ChannelSettings)

_FROM_ENVIRONMENT = "env:"
# What must differ between the sections of a list.
_IDENTITIES = {"brands": "id", "sources": "name", "channels": "name"}


class Settings(Section):
    """All of config.toml."""

    workspace: WorkspaceSettings
    brands: tuple[BrandSettings, ...] = ()
    authors: AuthorSettings = Field(default_factory=AuthorSettings)
    sources: tuple[SourceSettings, ...] = ()
    receiver: ReceiverSettings = Field(default_factory=ReceiverSettings)
    nlp: NlpSettings = Field(default_factory=NlpSettings)
    trends: TrendSettings = Field(default_factory=TrendSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    channels: tuple[ChannelSettings, ...] = ()
    digest: DigestSettings = Field(default_factory=DigestSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    daemon: DaemonSettings = Field(default_factory=DaemonSettings)


def load_settings(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check a config.toml; raises SettingsError with all that is wrong in it.

    An option of a source or a channel that says "env:NAME" becomes a SecretStr with the
    value of that variable, of `environment` or else of the process and `.env`.
    """
    text = _read(path)
    if environment is None:
        environment = read_environment(path.absolute().parent)
    return parse_settings(text, path, environment)


def parse_settings(text: str, path: Path, environment: Mapping[str, str]) -> Settings:
    """The settings that the text of a config.toml gives; `path` is what errors call it."""
    tree = _parse(path, text)
    problems = [*_twice(tree), *_unset(tree, environment)]
    try:
        # As JSON, and strictly: a "730" or a true is not a number of days.
        settings = Settings.model_validate_json(json.dumps(tree, default=str), strict=True)
    except ValidationError as error:
        problems += in_words(error.errors(include_url=False), Settings)
    if problems:
        raise SettingsError(
            _listed(path, text, problems),
            remedy="docs/configuration.md explains every key.",
        )
    return settings.model_copy(
        update={
            "sources": tuple(_revealed(source, environment) for source in settings.sources),
            "channels": tuple(_revealed(channel, environment) for channel in settings.channels),
        }
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise SettingsError(
            f"There is no configuration at {path}.",
            remedy="Write one with `krasae init`, or name another with --config.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"{path}, line {line}: this is not UTF-8.", remedy="Save the file as UTF-8."
        ) from error
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.",
            remedy="Check its permissions, or name another with --config.",
        ) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, _ = str(error).partition(" (at ")
        found = re.search(r"at line (\d+), column (\d+)", str(error))
        lines = text.split("\n")
        line, column = (int(found[1]), int(found[2])) if found else (len(lines), 1)
        raise SettingsError(
            f"{path}, line {line}: this is not TOML: {what}.\n"
            f"  {lines[line - 1].rstrip()}\n  {' ' * (column - 1)}^",
            remedy='Text stands between quotes, and a key is written once: key = "value".',
        ) from error


def _listed(path: Path, text: str, problems: Sequence[Problem]) -> str:
    found = sorted({(line_of(text, p.place) or 0, dotted(p.place), p.message) for p in problems})
    one = len(found) == 1
    lines = [
        f"{path} cannot be used: {'one thing is' if one else f'{len(found)} things are'} wrong."
    ]
    for line, key, message in found:
        where = f"line {line}: " if line else ""
        lines.append(f"  {where}{key}: {message}".replace("\n", "\n    "))
    return "\n".join(lines)


def _twice(tree: Mapping[str, Any]) -> Iterator[Problem]:
    for section, key in _IDENTITIES.items():
        seen: dict[str, int] = {}
        items = tree.get(section)
        for position, item in enumerate(items if isinstance(items, list) else ()):
            value = item.get(key) if isinstance(item, Mapping) else None
            if not isinstance(value, str):
                continue
            first = seen.setdefault(value, position)
            if first != position:
                message = f'"{value}" is already {section}[{first}].{key}; each must differ'
                yield Problem((section, position, key), message)


def _unset(tree: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Problem]:
    for section in ("sources", "channels"):
        for place, name in _references(tree.get(section), (section,)):
            if not environment.get(name):
                message = f"the environment variable {name} is not set; set it in .env"
                yield Problem(place, message)


def _references(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _references(inner, (*place, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _references(inner, (*place, position))
    elif isinstance(value, str) and value.startswith(_FROM_ENVIRONMENT):
        yield place, value.removeprefix(_FROM_ENVIRONMENT)


def _revealed(section: Plugged, environment: Mapping[str, str]) -> Plugged:
    return section.model_copy(update={"options": _with_secrets(section.options, environment)})


def _with_secrets(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_secrets(inner, environment) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_secrets(inner, environment) for inner in value]
    if isinstance(value, str) and value.startswith(_FROM_ENVIRONMENT):
        return SecretStr(environment[value.removeprefix(_FROM_ENVIRONMENT)])
    return value
