"""What a reader of a file hands on: rows as read, and rows that were refused."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MAX_ROW = 1 << 20  # bytes of one row; longer ones are refused so that memory stays flat

REFUSED = ".refused.jsonl"  # what is put behind an input's name for its refused rows

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: its number in the file, why, what to do, the row as read.

    `row` is what the user's own tool shows: the line where the row begins (text files),
    the sheet's row (XLSX), the position from 1 (Parquet, a JSON array). `code` is a fixed
    word for scripts; `reason` is for people.
    """

    row: int
    code: str
    reason: str
    remedy: str
    values: object = None


class Table(Protocol):
    """An opened file: rows in order, once, with flat memory.

    `columns` is empty where rows name their own (JSON). Every value is free of NUL
    characters and lone surrogates. `encoding` and `notes` are settled at the end.
    """

    format: str
    columns: tuple[str, ...]

    @property
    def encoding(self) -> str | None:
        """The text encoding that was found; None for binary formats."""
        ...

    @property
    def notes(self) -> Mapping[str, int]:
        """What was put right on the way, in words, and how often."""
        ...

    def rows(self) -> Iterator[tuple[int, Row] | Refusal]:
        """Every row with its number, or its refusal."""
        ...

    def position(self) -> tuple[int, int]:
        """How far it has come, and of what; bytes or rows."""
        ...


AuthorId = Callable[[str, str], int]
