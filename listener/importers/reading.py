"""Reading a file through a profile: mentions and refusals, in the file's order."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from listener.errors import InputError, SettingsError
from listener.importers.convert import Converter, column_getter
from listener.importers.guess import columns_of, guess, take_sample
from listener.importers.profile import NEEDED, Profile, plain
from listener.importers.rows import Refusal, Table
from listener.importers.tables import open_table
from listener.importers.times import combined, day_order
from listener.model import Mention
from listener.printable import printable
from listener.store import AuthorKey

_FEW = 1000
GIVE_UP_AFTER = 200  # rows, all of them refused: the profile is not this file's


class WrongProfileError(InputError):
    """No row of the file fits the profile."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading has come: `rows`, and `done` of `total` (bytes or rows)."""

    rows: int
    done: int
    total: int


class Reading:
    """A file being read. Iterate over it once; `rows`, `notes` and `encoding` grow meanwhile."""

    def __init__(
        self,
        path: Path,
        profile: Profile,
        *,
        timezone: str | ZoneInfo,
        now: int,
        key: AuthorKey | None = None,
    ) -> None:
        self.path = path
        self.rows = 0
        self._now = now
        self._zone = zone_named(profile.time.zone or timezone)
        self._exits = ExitStack()
        self._notes: Counter[str] = Counter()
        dayfirst = self._day_first(profile)
        self.profile = profile
        self._table: Table = self._exits.enter_context(open_table(path, profile.file))
        with ExitStack() as unwinding:
            unwinding.push(self._exits)
            self.profile = self._bound(profile)
            unwinding.pop_all()
        self._converter = Converter(
            self.profile,
            zone=self._zone,
            now=now,
            dayfirst=dayfirst,
            spreadsheet=self._table.format == "xlsx",
            author_id=key.author_id if key else None,
        )

    @property
    def format(self) -> str:
        """csv, jsonl, json, xlsx or parquet."""
        return self._table.format

    @property
    def encoding(self) -> str | None:
        """The text encoding that was found."""
        return self._table.encoding

    @property
    def notes(self) -> Mapping[str, int]:
        """What was put right, left empty or assumed, and how often."""
        return {**self._notes, **self._table.notes, **self._converter.notes}

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(self.rows, *self._table.position())

    def __iter__(self) -> Iterator[Mention | Refusal]:
        convert = self._converter
        refused: Counter[str] = Counter()
        first: dict[str, str] = {}
        trial = True
        for taken in self._table.rows():
            self.rows += 1
            if isinstance(taken, Refusal):
                result: Mention | Refusal = taken
            else:
                result = convert(*taken)
            if trial:
                trial = isinstance(result, Refusal)
                if isinstance(result, Refusal):
                    refused[result.code] += 1
                    first.setdefault(result.code, f"row {result.row}: {result.reason}")
                    if self.rows == GIVE_UP_AFTER:
                        raise self._wrong_profile(refused, first)
            yield result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._exits.close()

    def hint(self) -> str:
        """The file's columns and a guess at them, for someone whose profile does not fit."""
        sample = take_sample(self.path, self.profile.file)
        columns = guess(sample, zone=self._zone, now=self._now)
        maps = " ".join(
            f"--map {field}={shlex.quote(printable(column))}"
            for field, names in columns.items()
            for column in names
        )
        return f"{columns_of(sample)} A guess: {maps}" if maps else columns_of(sample)

    def _wrong_profile(self, refused: Counter[str], first: dict[str, str]) -> WrongProfileError:
        code, count = refused.most_common(1)[0]
        return WrongProfileError(
            f"{self.path}: none of the first {self.rows} rows fits "
            f'profile "{self.profile.name}"; nothing was imported. '
            f"{count} of them are refused like {first[code]}.",
            remedy=self.hint(),
        )

    def _bound(self, profile: Profile) -> Profile:
        """The profile with its columns named as in the file; JSON rows name their own."""
        if not self._table.columns:
            return profile
        names = _names(self._table.columns)
        bound: dict[str, tuple[str, ...]] = {}
        for field, columns in profile.columns.items():
            there = [_found(column, names) for column in columns]
            lacking = [column for column, name in zip(columns, there, strict=True) if not name]
            if len(lacking) == len(columns) and field in NEEDED:
                raise WrongProfileError(
                    f'{self.path} has no column "{lacking[0]}", where profile '
                    f'"{profile.name}" has its {field}.',
                    remedy=self.hint(),
                )
            for column in lacking:
                self._notes[f'column "{column}" ({field}) is not in the file'] += 1
            bound[field] = tuple(filter(None, there))
        return profile.model_copy(
            update={"columns": {field: columns for field, columns in bound.items() if columns}}
        )

    def _day_first(self, profile: Profile) -> bool:
        """Whether 5/6/2014 is 5 June: as the profile says, or as the file proves."""
        if profile.time.dayfirst is not None:
            return profile.time.dayfirst
        proof = prove_day_first(self.path, profile)
        if proof is None:
            return True
        if proof == "either":
            self._notes["dates like 5/6/2014 are read day first; nothing in the file tells"] += 1
        return proof != "month"


def _found(column: str, names: Mapping[str, str]) -> str:
    """A column by its name as the file spells it; "" if there is none."""
    if column.partition(".")[0] in names and column not in names:
        return column  # a field within a column of objects
    return names.get(column) or names.get(plain(column), "")


def prove_day_first(path: Path, profile: Profile) -> str | None:
    """What the file's dates prove: "day" or "month" comes first; "either" if they prove nothing.

    None if it has no dates like 5/6/2014. The whole file is read only if it has, and none
    among the first rows is proof.
    """
    order: str | None = None
    # A file that breaks off is told of when its rows are read.
    with suppress(InputError), open_table(path, profile.file) as table:
        names = _names(table.columns)
        columns = profile.columns["published_at"]
        getters = [column_getter(_found(column, names) or column) for column in columns]
        rows = (taken[1] for taken in table.rows() if not isinstance(taken, Refusal))
        for number, row in enumerate(rows, 1):
            found = day_order(combined([get(row) for get in getters]))
            order = order if found is None else found
            if order in ("day", "month") or (order is None and number == _FEW):
                break
    return order


def _names(columns: Sequence[str]) -> dict[str, str]:
    """The file's columns by their names, as written and as compared."""
    by_plain = {plain(column): column for column in reversed(columns)}
    return by_plain | {column: column for column in columns}


def zone_named(zone: str | ZoneInfo) -> ZoneInfo:
    """A time zone by its IANA name."""
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        raise SettingsError(
            f'There is no time zone "{zone}".', remedy="Give one like Asia/Bangkok."
        ) from error


def read_mentions(
    path: Path,
    profile: Profile,
    *,
    timezone: str | ZoneInfo,
    now: int,
    key: AuthorKey | None = None,
) -> Iterator[Mention | Refusal]:
    """The mentions of a file, and the rows refused, in order and with flat memory.

    Times without a zone are in `timezone`; rows more than a day after `now` (UTC ms) are
    refused. Raises InputError when the file cannot be read, or not to its end, and
    WrongProfileError when none of the first rows fits. With `key`, ids made for rows
    without one are those that `import_file` makes.
    """
    with Reading(path, profile, timezone=timezone, now=now, key=key) as reading:
        yield from reading
