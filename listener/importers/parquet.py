"""Parquet files by pyarrow (extra `parquet`), read batch by batch."""

from collections.abc import Iterator, Mapping
from typing import Any

from listener.errors import InputError
from listener.importers.jsonlines import clean
from listener.importers.profile import FileRules
from listener.importers.rows import Refusal, Row
from listener.importers.source import Source

_BATCH = 2000


class ParquetTable:
    """A Parquet file."""

    format = "parquet"
    encoding: str | None = None
    notes: Mapping[str, int] = {}

    def __init__(self, source: Source, rules: FileRules) -> None:
        try:
            from pyarrow import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError as error:
            raise InputError(
                f"{source.path} is a Parquet file, and reading those needs pyarrow.",
                remedy="Install it: pip install 'krasae[parquet]'",
            ) from error
        self._path = source.path
        self._damage = (ArrowException, OSError, ValueError)
        self._done = 0
        self._stream = source.seekable()
        try:
            self._file = ParquetFile(self._stream, buffer_size=1 << 16)
            self.columns = tuple(self._file.schema_arrow.names)
            self._total = self._file.metadata.num_rows
        except self._damage as error:
            raise self._damaged(error) from error

    def position(self) -> tuple[int, int]:
        """Rows read, and the file's rows."""
        return self._done, self._total

    def rows(self) -> Iterator[tuple[int, Row] | Refusal]:
        """Every row, numbered from 1."""
        try:
            for batch in self._file.iter_batches(batch_size=self._batch_size()):
                for row in _plain(batch).to_pylist():
                    self._done += 1
                    yield self._done, clean(row)
        except self._damage as error:
            raise self._damaged(error) from error

    def _batch_size(self) -> int:
        """So many rows that long texts, too, stay within about 16 MiB."""
        groups = self._file.metadata
        size: int = sum(groups.row_group(at).total_byte_size for at in range(groups.num_row_groups))
        return max(1, min(_BATCH, (16 << 20) * int(self._total) // max(1, size)))

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            f"{self._path} is not a sound Parquet file ({error}).",
            remedy="Write or export it again.",
        )


def _plain(batch: Any) -> Any:
    """Timestamps to the microsecond: Python has no finer ones, and pyarrow will not cut."""
    import pyarrow

    columns = [
        column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
        if pyarrow.types.is_timestamp(column.type)
        else column
        for column in batch.columns
    ]
    return pyarrow.RecordBatch.from_arrays(columns, names=batch.schema.names)
