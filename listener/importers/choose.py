"""Deciding how to read a file: a named profile, what was said on the command line, or a guess."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from listener.errors import InputError, SettingsError
from listener.importers.guess import Sample, columns_of, guess, take_sample
from listener.importers.profile import (
    FIELDS,
    NEEDED,
    FileRules,
    Profile,
    checked,
    field_named,
    load_profile,
    plain,
    profile_names,
)
from listener.importers.reading import Reading, zone_named
from listener.model import Mention

_TRIED = 50  # rows
_TELLING = 5  # columns: a profile of fewer fits many files


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said about how to read a file. `maps` are FIELD=COLUMN."""

    profile: str | None = None
    maps: tuple[str, ...] = ()
    platform: str | None = None
    day_first: bool | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The profile to read with.

    After a guess also: the `sample` that it was made from, the `first` mention that it
    gives, what it had to assume (`notes`), and named profiles that fit the file (`alike`).
    """

    profile: Profile
    sample: Sample | None = None
    first: Mention | None = None
    notes: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


def choose(path: Path, wishes: Wishes, *, folder: Path | None, timezone: str, now: int) -> Choice:
    """The named profile with the wishes on top; without a name, what the columns look like.

    Raises InputError when no column is known to be the text or the time.
    """
    maps = mapped(wishes.maps)
    if wishes.profile is not None:
        profile = load_profile(wishes.profile, folder)
        columns = {**profile.columns, **maps}
        return Choice(_with(profile, columns, wishes))
    sample = take_sample(path, FileRules(encoding=wishes.encoding, sheet=wishes.sheet))
    for column in (column for columns in maps.values() for column in columns):
        if sample.columns and column not in sample.columns:
            raise InputError(
                f'{path} has no column "{column}".', remedy=columns_of(sample, like=column)
            )
    columns = guess(sample, zone=zone_named(timezone), now=now, given=maps)
    missing = [field for field in NEEDED if not columns.get(field)]
    if missing:
        raise InputError(
            f"{path}: no column looks like {' or like '.join(missing)}.",
            remedy=f"{columns_of(sample)} Say which: "
            + " ".join(f"--map {field}=COLUMN" for field in missing),
        )
    profile = _with(None, columns, wishes)
    first, notes = _tried(path, profile, timezone, now)
    return Choice(profile, sample, first, notes, _alike(sample, folder))


def _tried(
    path: Path, profile: Profile, timezone: str, now: int
) -> tuple[Mention | None, tuple[str, ...]]:
    """The first mention that a profile gives, and what is assumed in reading it."""
    try:
        with Reading(path, profile, timezone=timezone, now=now) as reading:
            notes = tuple(reading.notes)
            rows = islice(reading, _TRIED)
            return next((row for row in rows if isinstance(row, Mention)), None), notes
    except InputError:
        return None, ()


def _alike(sample: Sample, folder: Path | None) -> tuple[str, ...]:
    """Profiles of whose columns the file has nearly all."""
    there = {plain(column) for column in sample.columns}
    alike = []
    for name in profile_names(folder):
        try:
            columns = load_profile(name, folder).columns.values()
        except SettingsError:  # somebody's own, and not asked for
            continue
        wanted = {plain(column) for names in columns for column in names}
        if len(wanted) >= _TELLING and len(wanted - there) <= 1:
            alike.append(name)
    return tuple(alike)


def mapped(maps: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """FIELD=COLUMN texts as columns by field; a field given twice has both columns."""
    columns: dict[str, tuple[str, ...]] = {}
    for text in maps:
        name, equals, column = text.partition("=")
        if not equals:
            raise InputError(
                f'"{text}" does not say which column is what.',
                remedy="Write --map FIELD=COLUMN, such as --map text=message.",
            )
        field = field_named(name.strip())
        column = column.strip()
        columns[field] = (*columns.get(field, ()), *([column] if column else []))
    return columns


def _with(base: Profile | None, columns: dict[str, Any], wishes: Wishes) -> Profile:
    values = base.model_dump(exclude_unset=True) if base else {"columns": {}}
    values["columns"] = {field: columns[field] for field in FIELDS if columns.get(field)}
    if wishes.platform is not None:
        values["platform"] = wishes.platform
        values["columns"].pop("platform", None)
    if wishes.day_first is not None:
        values["time"] = {**values.get("time", {}), "dayfirst": wishes.day_first}
    stated = {"encoding": wishes.encoding, "sheet": wishes.sheet}
    stated = {key: value for key, value in stated.items() if value is not None}
    if stated:
        values["file"] = {**values.get("file", {}), **stated}
    return checked(values, where="The options")
