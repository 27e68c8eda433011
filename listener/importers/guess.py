"""Guessing what a file's columns are, by their names and by what is in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from listener.errors import InputError
from listener.importers.convert import column_getter
from listener.importers.profile import FIELDS, FileRules, TimeRules, aliases, plain
from listener.importers.rows import Refusal, Row
from listener.importers.tables import open_table
from listener.importers.times import TimeReader, UnreadableTimeError
from listener.importers.values import UnusableError, address, blank, count, identity, text_of
from listener.model import DAY_MS
from listener.printable import printable

_SAMPLE = 200
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2})?(\s*([ap]m|น\.?))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a file, and all columns that they have."""

    path: Path
    format: str
    encoding: str | None
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def values(self, column: str) -> list[Any]:
        """What a column holds, blanks left out."""
        get = column_getter(column)
        return [value for row in self.rows if not blank(value := get(row))]


def take_sample(path: Path, rules: FileRules | None = None, size: int = _SAMPLE) -> Sample:
    """Read the first rows of a file; rows that are refused do not count."""
    with open_table(path, rules or FileRules()) as table:
        rows: list[Row] = []
        try:
            for taken in table.rows():
                if not isinstance(taken, Refusal):
                    rows.append(taken[1])
                if len(rows) == size:
                    break
        except InputError:
            if not rows:  # else a file that breaks off is told of when it is imported
                raise
        columns = table.columns or tuple(dict.fromkeys(_keys(rows)))
        return Sample(path, table.format, table.encoding, columns, tuple(rows))


def _keys(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        for key, value in row.items():
            yield key
            if isinstance(value, dict):
                yield from (f"{key}.{inner}" for inner in value)


def guess(
    sample: Sample,
    *,
    zone: tzinfo,
    now: int,
    given: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, tuple[str, ...]]:
    """The columns of each field that can be told; text and published_at may be missing.

    `given` columns are kept, and not guessed to be anything else.
    """
    times = TimeReader(TimeRules(), zone, dayfirst=True)
    checks = _checks(times, now)
    found: dict[str, tuple[str, ...]] = dict(given or {})
    taken = {column for columns in found.values() for column in columns}
    names = aliases()["columns"]
    for field in ("published_at", *(field for field in FIELDS if field != "published_at")):
        if field in found:
            continue
        if field == "published_at" and (pair := _day_and_clock(sample, taken)):
            found[field] = pair
        elif column := _best(sample, names[field], taken, checks.get(field, _anything)):
            found[field] = (column,)
        taken.update(found.get(field, ()))
    text = found.get("text")
    if text and "text" not in (given or {}):
        title = _best(sample, aliases()["headline"]["title"], taken, _is_text)
        found["text"] = (title, *text) if title else text
    return {field: found[field] for field in FIELDS if field in found}


def columns_of(sample: Sample, *, like: str | None = None) -> str:
    """The columns in a sentence, or the one that is most `like` a name."""
    if like is not None and (near := get_close_matches(like, sample.columns, n=1)):
        return f'Did you mean "{printable(near[0])}"?'
    names = ", ".join(f'"{printable(column, width=60)}"' for column in sample.columns[:40])
    return f"The columns are {names}." if names else "No row could be read."


def _anything(value: Any) -> bool:
    return True


def _best(
    sample: Sample, names: Sequence[str], taken: set[str], check: Callable[[Any], object]
) -> str | None:
    """The first column by the order of `names` whose values mostly pass the check."""
    by_name = {plain(column): column for column in reversed(sample.columns)}
    for name in names:
        column = by_name.get(plain(name))
        if column is None or column in taken:
            continue
        values = sample.values(column)
        if names is aliases()["columns"]["native_id"] and _counts_rows(values):
            continue
        passed = sum(map(bool, map(check, values)))
        if not sample.rows or (passed and passed * 2 >= len(values)):
            return column
    return None


def _checks(times: TimeReader, now: int) -> dict[str, Callable[[Any], object]]:
    def is_time(value: Any) -> bool:
        try:
            moment = times(value)
        except UnreadableTimeError:
            return False
        # A time of day alone, or a row number, is no date of a post.
        return moment is not None and 0 < moment <= now + DAY_MS

    platforms = {name for names in aliases()["platforms"].values() for name in names}
    counts = dict.fromkeys(("followers", "likes", "reposts", "replies", "views"), _readable(count))
    return {
        "text": _is_text,
        "published_at": is_time,
        "native_id": _readable(identity),
        "author": _readable(identity),
        "url": _readable(address),
        "platform": lambda value: text_of(value).casefold() in platforms,
        **counts,
    }


def _readable(read: Callable[[Any], object]) -> Callable[[Any], object]:
    def check(value: Any) -> bool:
        try:
            return read(value) is not None
        except UnusableError:
            return False

    return check


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not re.fullmatch(r"[\d.,\s%-]*", value)


def _day_and_clock(sample: Sample, taken: set[str]) -> tuple[str, str] | None:
    """Two columns, one with the day and one with the time of day."""
    clock = aliases()["clock"]
    time_of_day = _best(sample, clock["time"], taken, _is_clock)
    if time_of_day is None or not sample.rows:
        return None
    day = _best(sample, clock["day"], {*taken, time_of_day}, lambda value: not _is_clock(value))
    return (day, time_of_day) if day else None


def _counts_rows(values: Sequence[Any]) -> bool:
    """Whether a column only numbers the rows: another file's row 1 is another post."""
    firsts = [str(value) for value in values[:20]]
    return len(firsts) > 1 and firsts in (
        [str(number) for number in range(start, start + len(firsts))] for start in (0, 1)
    )


def _is_clock(value: Any) -> bool:
    return isinstance(value, time) or (
        isinstance(value, str) and _CLOCK.fullmatch(value.strip()) is not None
    )
