"""Opening a file of rows: its kind is told by its content, and by its name where needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from listener.errors import InputError
from listener.importers.delimited import DelimitedTable
from listener.importers.jsonlines import JsonTable
from listener.importers.lines import marked
from listener.importers.profile import FileRules
from listener.importers.rows import Table
from listener.importers.source import Source

_DELIMITED = (".csv", ".tsv", ".tab", ".txt")
_JSON = (".json", ".jsonl", ".ndjson")
_WORKBOOK = (".xlsx", ".xlsm", ".xls")
_PARQUET = (".parquet", ".pq")


@contextmanager
def open_table(
    path: Path, rules: FileRules, stream: "BufferedReader[Any] | None" = None
) -> Iterator[Table]:
    """Open a CSV, TSV, JSON, JSONL, XLSX or Parquet file, gzipped or not.

    With `stream` it is read from there, and `path` is only what errors call it.
    Raises InputError when it cannot be opened, is empty, or is none of these.
    """
    with Source(path, stream=stream) as source:
        yield _table(source, rules)


def _table(source: Source, rules: FileRules) -> Table:
    name = source.path.name.casefold().removesuffix(".gz")
    magic = source.peek(4)
    if not magic:
        raise InputError(f"{source.path} is empty.", remedy="There is nothing to import.")
    if magic == b"PK\x03\x04" or name.endswith(_WORKBOOK):
        from listener.importers.workbook import WorkbookTable

        return WorkbookTable(source, rules)
    if magic == b"PAR1" or name.endswith(_PARQUET):
        from listener.importers.parquet import ParquetTable

        return ParquetTable(source, rules)
    if name.endswith(_JSON):
        return JsonTable(source, rules)
    if not name.endswith(_DELIMITED) and _looks_like_json(source):
        return JsonTable(source, rules)
    return DelimitedTable(source, rules)


def _looks_like_json(source: Source) -> bool:
    head = source.peek(4096)
    text = head.decode(marked(head)[1] or "utf-8", "replace")
    return text.lstrip("\ufeff \t\r\n").startswith(("{", "["))
