"""Excel workbooks (XLSX), one sheet, read row by row; formulas give their stored values."""

import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from listener.errors import InputError
from listener.importers.delimited import named
from listener.importers.profile import FileRules, nearest
from listener.importers.rows import Refusal, Row
from listener.importers.source import Source
from listener.model import clean_text

if TYPE_CHECKING:
    from openpyxl import Workbook

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# openpyxl keeps all shared strings in memory, about four times their size in the file.
_MAX_STRINGS = 64 << 20
_MAX_RATIO = 200  # a sheet packs to a tenth; far more is made to fill memory
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
)


class WorkbookTable:
    """One sheet of an XLSX file, with a header."""

    format = "xlsx"
    encoding: str | None = None

    def __init__(self, source: Source, rules: FileRules) -> None:
        self._path = source.path
        self._notes: Counter[str] = Counter()
        self._done = 0
        self._file = source.seekable()
        try:
            book = self._opened(self._file)
            sheet = self._sheet(book, rules.sheet)
            self._total = sheet.max_row or 0
            # Some writers state a wrong size; then openpyxl would cut rows off.
            sheet.reset_dimensions()
            self._rows = enumerate(sheet.iter_rows(values_only=True), 1)
            self.columns = self._header(rules.header_row)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    @property
    def notes(self) -> Mapping[str, int]:
        """Columns that had to be renamed."""
        return self._notes

    def position(self) -> tuple[int, int]:
        """Rows read, and the sheet's rows."""
        return self._done, max(self._done, self._total)

    def rows(self) -> Iterator[tuple[int, Row] | Refusal]:
        """Every row that is not blank, with its number in the sheet."""
        columns = self.columns
        width = len(columns)
        while batch := self._batch(500):
            for number, cells in batch:
                values = [_cell(value) for value in cells[:width]]
                if any(value is not None for value in values):
                    values += [None] * (width - len(values))
                    yield number, dict(zip(columns, values, strict=True))
                self._done = number

    def _batch(self, size: int) -> list[tuple[int, tuple[Any, ...]]]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl's, about styles it drops
                return list(islice(self._rows, size))
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def _opened(self, file: IO[bytes]) -> "Workbook":
        from openpyxl import load_workbook

        with zipfile.ZipFile(file) as archive:
            for part in archive.infolist():
                strings = part.filename.endswith("sharedStrings.xml")
                swollen = part.file_size > _MAX_RATIO * part.compress_size
                if part.file_size > _MAX_STRINGS and (strings or swollen):
                    raise InputError(
                        f"{self._path} holds more text than fits in memory "
                        f"({part.filename}: {part.file_size >> 20} MiB).",
                        remedy="Save the sheet as CSV (UTF-8) and import that.",
                    )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)

    def _sheet(self, book: "Workbook", name: str | None) -> Any:
        if name is None:
            for sheet in book.worksheets:
                if sheet.sheet_state == "visible":
                    return sheet
            raise InputError(f"{self._path} has no visible sheet.", remedy="Name one in a profile.")
        if name not in book.sheetnames:
            raise InputError(
                f'{self._path} has no sheet "{name}".', remedy=nearest(name, book.sheetnames)
            )
        return book[name]

    def _header(self, header_row: int) -> tuple[str, ...]:
        header: tuple[Any, ...] = ()
        while not any(header):
            batch = self._batch(1)
            if not batch:
                raise InputError(
                    f"{self._path} is empty.", remedy="It needs a header and rows under it."
                )
            number, cells = batch[0]
            header = cells if number >= header_row else ()
        last = max(at for at, cell in enumerate(header, 1) if cell is not None)
        return named((clean_text(str(cell or "")) for cell in header[:last]), self._notes)

    def _damaged(self, error: Exception) -> InputError:
        self._file.seek(0)
        if self._file.read(4) == _OLD_EXCEL:
            return InputError(
                f"{self._path} is an old (.xls) or password-protected workbook.",
                remedy="Open it in Excel and save it as .xlsx without a password.",
            )
        return InputError(
            f"{self._path} is not a sound Excel workbook ({type(error).__name__}: {error}).",
            remedy="Open it in Excel and save it as .xlsx or CSV (UTF-8).",
        )


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return None if value in _ERRORS else clean_text(value) or None
    return value
