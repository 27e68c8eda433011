"""A profile: which column is what, and how it is written. A TOML file that anyone can add to."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, Field, ValidationError, field_validator

from listener.errors import InputError, NotFoundError, SettingsError
from listener.model import Mention, MentionKind
from listener.settings import Section, Slug, TimeZone

NEEDED = ("text", "published_at")
_NO_COLUMN = ("as_of",)  # what a file says is as it is now
FIELDS = (
    *NEEDED,
    *(one.name for one in fields(Mention) if one.name not in (*NEEDED, *_NO_COLUMN)),
)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Columns = Annotated[Words, Field(min_length=1)]


class TextRules(Section):
    """`[text]`: how the text is put together and in what form it comes."""

    join: str = Field(default="\n\n", description="what stands between several columns")
    entities: Words = Field(default=(), description="columns in which & is written &amp;")
    html: Words = Field(default=(), description="columns that hold HTML")
    ignore: Words = Field(default=(), description="contents that are no text, such as [removed]")


class TimeRules(Section):
    """`[time]`: how times are written, where the file does not say so itself."""

    zone: TimeZone | None = Field(
        default=None, description="the zone of times without one; else the workspace's"
    )
    dayfirst: bool | None = Field(
        default=None, description="whether 5/6/2014 is 5 June; found out from the file if left out"
    )
    short_years: Literal["common", "buddhist"] = Field(
        default="common", description='whether the year 57 is 2057 or, "buddhist", 2557 (2014)'
    )
    unit: Literal["auto", "s", "ms", "us", "ns"] = Field(
        default="auto", description="the unit of epoch numbers; told by their size if left out"
    )


class FileRules(Section):
    """`[file]`: how the file is written, where it does not say so itself."""

    encoding: str | None = Field(default=None, description="the encoding; found out if left out")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        default=None, description="what separates columns; found out if left out"
    )
    quotes: bool = Field(default=True, description='false where " is a character like any other')
    header_row: int = Field(default=1, ge=1, description="the row with the columns' names")
    sheet: str | None = Field(default=None, description="the sheet; else the first visible one")


class Profile(Section):
    """How one kind of file becomes mentions."""

    name: Slug = "columns"
    description: str = ""
    platform: str | None = Field(
        default=None, description="the platform of all rows; a platform column wins"
    )
    kind: MentionKind = MentionKind.POST
    language: str | None = None
    url: str | None = Field(
        default=None, description="the address of a row without one; {native_id} stands for its id"
    )
    labels: Words = Field(default=(), description="labels that every row gets")
    label_separator: str | None = Field(
        default=None, min_length=1, description="what separates several labels in one cell"
    )
    brands: Literal["labels"] | None = Field(
        default=None, description="labels: in a backtest of such a file each label is a brand"
    )
    columns: Mapping[str, Columns]
    kinds: Mapping[str, MentionKind] = Field(
        default_factory=dict, description="what the values of the kind column mean"
    )
    text: TextRules = Field(default_factory=TextRules)
    time: TimeRules = Field(default_factory=TimeRules)
    file: FileRules = Field(default_factory=FileRules)

    @field_validator("columns")
    @classmethod
    def _has_what_is_needed(cls, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in columns:
            if name not in FIELDS:
                raise ValueError(f'there is no field "{name}"; {nearest(name, FIELDS)}')
        missing = [field for field in NEEDED if field not in columns]
        if missing:
            raise ValueError(f"{' and '.join(missing)} must name a column")
        return columns

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url and (not url.startswith(("http://", "https://")) or "{native_id}" not in url):
            raise ValueError("an address with {native_id} in it is needed")
        return url


@cache
def aliases() -> Mapping[str, Any]:
    """The data file of column names, platforms, kinds and languages in Thai and English."""
    text = files("listener.importers").joinpath("aliases.toml").read_text("utf-8")
    return tomllib.loads(text)


def plain(name: str) -> str:
    """A column's name as it is compared: case, spaces, dots and underscores do not count."""
    return re.sub(r"[\s_.:/()#\ufeff-]+", "", name).casefold()


def field_named(name: str) -> str:
    """The field that is meant by its name or by another word for it, such as `time`."""
    wanted = plain(name)
    for field in FIELDS:
        if wanted == plain(field):
            return field
    for field, names in aliases()["columns"].items():
        if wanted in map(plain, names):
            return str(field)
    raise InputError(
        f'There is no field "{name}" in a mention.',
        remedy=nearest(name, FIELDS) or f"There are: {', '.join(FIELDS)}.",
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint: the most similar name that exists, else all of them."""
    names = list(known)
    found = get_close_matches(name, names, n=1)
    if found:
        return f'Did you mean "{found[0]}"?'
    return f"There are: {', '.join(names)}." if names else ""


def profile_names(folder: Path | None = None) -> dict[str, Path | None]:
    """All profiles: those in `folder` (a workspace's), then those that come with Krasae (None)."""
    own = {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder else {}
    shipped = sorted(
        entry.name.removesuffix(".toml")
        for entry in files("listener.importers").joinpath("profiles").iterdir()
        if entry.name.endswith(".toml")
    )
    return {**dict.fromkeys(shipped), **own}


def load_profile(name: str, folder: Path | None = None) -> Profile:
    """The profile of that name, from `folder` or from those that come with Krasae.

    Raises NotFoundError with the nearest name, SettingsError when the file is wrong.
    """
    known = profile_names(folder)
    if name not in known:
        raise NotFoundError(f'There is no profile "{name}".', remedy=nearest(name, known))
    path = known[name]
    if path is None:
        shipped = files("listener.importers").joinpath("profiles", f"{name}.toml")
        return parse_profile(shipped.read_text("utf-8"), name, where=f"{name}.toml")
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}.", remedy="It must be a UTF-8 file that you may read."
        ) from error
    return parse_profile(text, name, where=str(path))


def parse_profile(text: str, name: str, *, where: str) -> Profile:
    """A profile from its TOML. Raises SettingsError with the file, the key and the remedy."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{where} is not TOML: {error}.", remedy='Texts stand between quotes: text = "message".'
        ) from error
    return checked({**values, "name": name}, where=where)


def checked(values: Mapping[str, Any], *, where: str) -> Profile:
    """A profile of these values; SettingsError names the key and the nearest valid one."""
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part != "[key]"]
        hint = nearest(place[-1], _keys(place)) if first["type"] == "extra_forbidden" else ""
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{where}, {'.'.join(place)}: {message}.", remedy=hint) from error


def _keys(place: list[str]) -> Iterable[str]:
    sections: dict[str, type[Section]] = {"text": TextRules, "time": TimeRules, "file": FileRules}
    return sections.get(place[0], Profile).model_fields


def save_profile(profile: Profile, folder: Path, *, name: str) -> Path:
    """Write a profile to `folder` under a name; the file's path."""
    named = checked({**profile.model_dump(exclude_unset=True), "name": name}, where="The profile")
    path = folder / f"{named.name}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(profile_text(profile), "utf-8")
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}.", remedy="Check the permissions."
        ) from error
    return path


def profile_text(profile: Profile) -> str:
    """A profile as TOML; what has its default is left out."""
    values = profile.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    lines = [f"{_key(key)} = {_toml(value)}" for key, value in values.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]"]
        lines += [f"{_key(key)} = {_toml(value)}" for key, value in table.items()]
    return "\n".join(lines).lstrip("\n") + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        inner = [_toml(item) for item in value]
        return inner[0] if len(inner) == 1 else f"[{', '.join(inner)}]"
    # JSON's strings, numbers and booleans are TOML's too, except for DEL.
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")
