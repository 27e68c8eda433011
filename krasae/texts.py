"""Reading the texts of a file's rows, and handing the same rows on with columns of ours.

A row that has no text, or cannot be read, is handed on in its place with an error.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from listener.errors import InputError
from listener.importers.rows import Refusal, Row, Table
from listener.printable import printable

BATCH = 500  # rows at once, or
_CHARACTERS = 1_000_000  # so many characters, whichever is less
_SHOWN = 40  # columns in a message

ERROR = "error"  # only in rows that have one
GIVEN = "given_"  # put before a column of the file that is called like one of ours

Taken = tuple[int, Row] | Refusal


class TextColumn:
    """The column of a file that holds texts; `ours` are the columns that are added.

    `errors` counts the rows that were handed on with an error, by the reason's code.
    """

    def __init__(self, name: str, ours: Sequence[str]) -> None:
        self.name = name
        self._empty: Row = dict.fromkeys(ours)
        self._reserved = {*ours, ERROR}
        self.errors: Counter[str] = Counter()

    def batches(self, table: Table) -> Iterator[list[Taken]]:
        """The rows of a table. InputError when it, or all of its beginning, lacks the text."""
        if table.columns and self.name not in table.columns:
            raise self._no_text(table.columns)
        batches = self._batches(table)
        for first in batches:
            if all(self.text(one) is None for one in first):
                self._check(first)
            yield first
            break
        yield from batches

    def _batches(self, table: Table) -> Iterator[list[Taken]]:
        batch: list[Taken] = []
        size = 0
        for taken in table.rows():
            batch.append(taken)
            size += len(self.text(taken) or "")
            if len(batch) == BATCH or size > _CHARACTERS:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def text(self, taken: Taken) -> str | None:
        """A row's text, or None."""
        if isinstance(taken, Refusal):
            return None
        value = taken[1].get(self.name)
        is_text = type(value) in (str, int, float) and value == value  # no NaN
        return str(value) if is_text else None

    def given(self, row: Row) -> Row:
        """A row of the file; its own columns make room for ours of the same name."""
        if row.keys().isdisjoint(self._reserved):
            return row
        return {_free(key, row) if key in self._reserved else key: row[key] for key in row}

    def refused(self, taken: Taken, columns: Sequence[str]) -> Row:
        """A row with an error, and nothing else of ours; of an unreadable one, what was read."""
        if isinstance(taken, Refusal):
            self.errors[taken.code] += 1
            row = self._as_read(taken, columns)
            return row | self._empty | {ERROR: f"row {taken.row}: {taken.reason}"}
        number, values = taken
        self.errors["no-text"] += 1
        what = "is no text" if self.name in values else "is missing"
        return self.given(values) | self._empty | {ERROR: f'row {number}: "{self.name}" {what}'}

    def _as_read(self, refusal: Refusal, columns: Sequence[str]) -> Row:
        values = refusal.values
        if columns and isinstance(values, list):
            return self.given(dict.fromkeys(columns, "") | dict(zip(columns, values, strict=False)))
        return self.given(dict.fromkeys(columns, "")) | {self.name: values}

    def _check(self, batch: Sequence[Taken]) -> None:
        keys = {key: None for one in batch if not isinstance(one, Refusal) for key in one[1]}
        if keys and self.name not in keys:
            raise self._no_text(tuple(keys))

    def _no_text(self, columns: Sequence[str]) -> InputError:
        names = ", ".join(f'"{printable(column, width=60)}"' for column in columns[:_SHOWN])
        return InputError(
            f'There is no column "{self.name}", where the texts should be.',
            remedy=f"Name the one that holds them with --text-column. The columns are {names}.",
        )


def _free(name: str, row: Row) -> str:
    while name in row:
        name = GIVEN + name
    return name
