"""Writing rows as JSON lines or CSV, one after the other."""

import csv
import json
from collections.abc import Sequence
from typing import IO, Any, Protocol

import orjson

Row = dict[str, Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RowWriter(Protocol):
    """Writes rows to a file that is open for bytes."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write some more."""
        ...


class JsonLines:
    """One JSON object a line, UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, rows: Sequence[Row]) -> None:
        """Write some more."""
        self._file.write(b"".join(map(_line, rows)))


class Delimited:
    """CSV with the columns of the first rows, then `ours`; lists and objects as JSON.

    Our cells are made safe for spreadsheets; the others are the user's own. `dropped` counts
    values of later rows for which there is no column.
    """

    def __init__(self, file: IO[bytes], *, ours: Sequence[str]) -> None:
        self._file = file
        self._ours = tuple(ours)
        self._columns: tuple[str, ...] = ()
        self.dropped = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Write some more; the header stands before the first row."""
        lines: list[str] = []
        writer = csv.writer(_Lines(lines), lineterminator="\n")
        if rows and not self._columns:
            given = dict.fromkeys(key for row in rows for key in row if key not in self._ours)
            self._columns = (*given, *self._ours)
            writer.writerow(self._columns)
        for row in rows:
            self.dropped += len(row.keys() - set(self._columns))
            writer.writerow([self._cell(name, row.get(name)) for name in self._columns])
        self._file.write("".join(lines).encode("utf-8", "replace"))

    def _cell(self, name: str, value: Any) -> Any:
        if isinstance(value, dict | list):
            return _line(value).decode().rstrip("\n")
        if isinstance(value, str) and value.startswith(_FORMULA) and name in self._ours:
            return f"'{value}"
        return value


class _Lines:
    """What csv.writer writes to."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _line(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(value, default=str, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
