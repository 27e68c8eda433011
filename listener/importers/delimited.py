"""CSV and TSV files, read strictly: what is quoted wrongly is refused, never guessed at.

A quote that is never closed would swallow all rows after it. So: when a row does not come
out right and spans several lines, only its first line is refused, and reading goes on at
the line after it.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Self

from listener.errors import InputError
from listener.importers.lines import Lines, Overlong
from listener.importers.profile import FileRules
from listener.importers.rows import MAX_ROW, Refusal, Row
from listener.importers.source import Source

MAX_LINES = 1000  # of one row; bounds what an unclosed quote costs
_DELIMITERS = ",\t;|"
_SHOWN = 1000
_MAX_NOTES = 20


class _UnclosedError(csv.Error):
    """A quoted field goes on for longer than any row may be."""


class _UnreadableError(Exception):
    """The line just taken is no text, so it cannot be part of any row."""


class _Feed:
    """Gives lines to csv.reader, remembers those of the row at hand, takes lines back."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._source: Iterator[bytes | Overlong] = iter(lines)
        self._back: deque[tuple[int, str | Refusal]] = deque()
        self._number = 0
        self.taken: list[tuple[int, str | Refusal]] = []
        self._size = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        numbered = self._back.popleft() if self._back else self._next_line()
        self.taken.append(numbered)
        text = numbered[1]
        if not isinstance(text, str):
            raise _UnreadableError(text.reason)
        self._size += len(text)
        if len(self.taken) > 1 and (self._size > MAX_ROW or len(self.taken) > MAX_LINES):
            raise _UnclosedError
        return text + "\n"

    def _next_line(self) -> tuple[int, str | Refusal]:
        line = next(self._source)
        self._number += 1
        if isinstance(line, Overlong):
            return self._number, too_long(self._number, line)
        text = self._lines.text(line)
        return self._number, undecodable(self._number, line) if text is None else text

    def begin(self) -> None:
        """A new row begins with the next line."""
        self.taken.clear()
        self._size = 0

    def give_back(self, first: int) -> None:
        """Read the row's lines from its `first`-th on again."""
        self._back.extendleft(reversed(self.taken[first:]))
        del self.taken[first:]

    @property
    def number(self) -> int:
        """The line on which the row at hand begins."""
        return self.taken[0][0]


class DelimitedTable:
    """A CSV or TSV file with a header."""

    format = "csv"

    def __init__(self, source: Source, rules: FileRules) -> None:
        self._source = source
        self._lines = Lines(source, rules.encoding)
        self._feed = _Feed(self._lines)
        csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_ROW))
        self._quotes = rules.quotes
        self._delimiter = rules.delimiter or ""
        self._reader: Iterator[list[str]] = iter(())
        self._notes: Counter[str] = Counter()
        self.columns = self._header(rules.header_row)

    @property
    def encoding(self) -> str | None:
        """The encoding; ASCII alone counts as UTF-8."""
        return self._lines.encoding or "utf-8"

    @property
    def notes(self) -> Mapping[str, int]:
        """Rows with bytes that were replaced."""
        if self._lines.repaired:
            self._notes["rows with damaged characters, replaced by \ufffd"] = self._lines.repaired
        return self._notes

    def position(self) -> tuple[int, int]:
        """Bytes read, and the file's size."""
        return self._source.position()

    def rows(self) -> Iterator[tuple[int, Row] | Refusal]:
        """Every row, or its refusal; blank lines are no rows."""
        feed, columns, width = self._feed, self.columns, len(self.columns)
        while True:
            feed.begin()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, _UnreadableError) as error:
                yield self._refused(error)
                continue
            if len(cells) == width:
                yield feed.number, dict(zip(columns, cells, strict=True))
            elif cells:
                yield self._uneven(cells)

    def _open_reader(self) -> None:
        self._reader = csv.reader(
            self._feed,
            delimiter=self._delimiter,
            quoting=csv.QUOTE_MINIMAL if self._quotes else csv.QUOTE_NONE,
            skipinitialspace=True,
            strict=True,
        )

    def _header(self, header_row: int) -> tuple[str, ...]:
        try:
            line = next(islice(self._feed, header_row - 1, None)).rstrip("\r\n")
            if line.startswith("sep=") and len(line) == 5:
                self._delimiter = self._delimiter or line[4]  # Excel's way to name it
                line = next(self._feed)
            while not line.strip():
                line = next(self._feed)
        except StopIteration:
            raise InputError(
                f"{self._source.path} is empty.", remedy="It needs a header and rows under it."
            ) from None
        except _UnreadableError as error:
            raise self._no_header(str(error)) from error
        self._feed.give_back(len(self._feed.taken) - 1)
        self._feed.begin()
        self._delimiter = self._delimiter or self._sniffed()
        self._open_reader()
        try:
            return named(next(self._reader), self._notes)
        except (csv.Error, StopIteration, _UnreadableError) as error:
            raise self._no_header(f"it cannot be read: {error}") from error

    def _sniffed(self) -> str:
        header = next(self._feed)
        self._feed.give_back(0)
        if self._source.path.name.removesuffix(".gz").casefold().endswith((".tsv", ".tab")):
            return "\t"
        outside = "".join(header.split('"')[::2])
        return max(_DELIMITERS, key=outside.count)

    def _no_header(self, why: str) -> InputError:
        return InputError(
            f"{self._source.path}: the first line should be a header with the columns' names; "
            f"{why}.",
            remedy="Is this a CSV or TSV file? If the header is further down, "
            "say so with `header_row` in a profile.",
        )

    def _refused(self, error: Exception) -> Refusal:
        """Refuse the first line of a row that did not come out right; read the rest again."""
        number, line = self._feed.taken[0]
        self._feed.give_back(1)
        self._open_reader()
        if isinstance(line, Refusal):
            return line
        misplaced = isinstance(error, csv.Error) and "expected after" in str(error)
        return Refusal(
            number,
            "bad-quoting",
            "quotes are out of place" if misplaced else "a quote is opened and not closed",
            'Put the whole field between quotes and double each quote inside it ("").',
            line[:_SHOWN],
        )

    def _uneven(self, cells: list[str]) -> tuple[int, Row] | Refusal:
        """A row with fewer or more cells than the header."""
        width = len(self.columns)
        number, line = self._feed.taken[0]
        lines = len(self._feed.taken)
        if lines == 1 and (len(cells) < width or not any(cells[width:])):
            padded = cells[:width] + [""] * (width - len(cells))
            return number, dict(zip(self.columns, padded, strict=True))
        if lines > 1:
            self._feed.give_back(1)
            self._open_reader()
        return Refusal(
            number,
            "wrong-columns",
            f"it has {len(cells)} columns, the header {width}",
            "A comma or a line break inside a field needs quotes around the field.",
            str(line)[:_SHOWN] if lines > 1 else cells,
        )


def named(cells: Iterable[object], notes: Counter[str]) -> tuple[str, ...]:
    """Column names that are all there and all different: `column 3`, `text (2)`."""
    names: dict[str, None] = {}
    seen: Counter[str] = Counter()
    for position, cell in enumerate(cells, 1):
        given = " ".join(str(cell).split()) if cell is not None else ""
        name = given = given or f"column {position}"
        while name in names:
            seen[given] += 1
            name = f"{given} ({seen[given] + 1})"
        if name != given and len(notes) < _MAX_NOTES:
            notes[f'column "{given}" is there again; here it is called "{name}"'] += 1
        names[name] = None
    return tuple(names)


def too_long(number: int, line: Overlong) -> Refusal:
    """The refusal of a line that is longer than MAX_ROW."""
    return Refusal(
        number,
        "too-long",
        f"the line has {line.length:,} bytes; at most {MAX_ROW:,} are read",
        "Shorten the text, or leave out columns that are not needed.",
        line.head.decode(errors="replace"),
    )


def undecodable(number: int, line: bytes) -> Refusal:
    """The refusal of a line that is not in the file's encoding."""
    return Refusal(
        number,
        "bad-encoding",
        "its bytes are not in the encoding of the rest of the file",
        "Save the file in one encoding, UTF-8 at best, or name it with --encoding.",
        line[:_SHOWN].decode(errors="replace"),
    )
