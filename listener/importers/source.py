"""Opening an input file: plain or gzipped, read in pieces, with errors that a person can act on."""

import gzip
import tempfile
import zlib
from contextlib import ExitStack
from io import BufferedReader, BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from listener.errors import InputError

_GZIP = b"\x1f\x8b"
_MAX_UNPACKED = 4 << 30  # a gzipped workbook or Parquet file has to be unpacked to disk


class Source:
    """The bytes of a file, unpacked if it is gzipped (told by its content, not its name).

    With `content`, these bytes as they are; with `stream`, what comes from there, such as the
    standard input, which is left open. `path` is then only what errors call them.
    """

    def __init__(
        self,
        path: Path,
        content: bytes | None = None,
        *,
        stream: "BufferedReader[Any] | None" = None,
    ) -> None:
        self.path = path
        self._exits = ExitStack()
        if stream is not None:
            self._raw, self.size = stream, 0
        elif content is not None:
            self._raw, self.size = BufferedReader(BytesIO(content)), len(content)
        else:
            self._raw = self._exits.enter_context(_opened(path))
            self.size = path.stat().st_size
        self._ahead = b""
        self._stream: BufferedReader[Any] | gzip.GzipFile = self._raw
        self.gzipped = content is None and self._raw.peek(2)[:2] == _GZIP
        if self.gzipped:
            self._stream = gzip.GzipFile(fileobj=self._raw)
            self._exits.callback(self._stream.close)

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end. InputError when the file is damaged."""
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        try:
            # Not `read`, which loses what it has when a gzip file turns out to be cut short.
            return self._stream.read1(size)
        except EOFError as error:
            raise InputError(
                f"{self.path} ends in the middle: the gzip file is cut short.",
                remedy="Fetch or export the file again.",
            ) from error
        except (OSError, zlib.error) as error:
            raise InputError(
                f"{self.path} cannot be read on: {error}.", remedy="Fetch or export the file again."
            ) from error

    def peek(self, size: int) -> bytes:
        """The next bytes, at most `size`, without passing them."""
        while len(self._ahead) < size:
            ahead, self._ahead = self._ahead, b""
            piece = self.read(size - len(ahead))
            self._ahead = ahead + piece
            if not piece:
                break
        return self._ahead[:size]

    def position(self) -> tuple[int, int]:
        """Bytes read of the file as it lies on disk, and its size; of a stream 0 and 0."""
        return (self._raw.tell(), self.size) if self.size else (0, 0)

    def seekable(self) -> IO[bytes]:
        """The whole content as a file that can be sought in; if need be it is put on disk first."""
        if not self.gzipped and self.size:
            self._raw.seek(0)
            return self._raw
        unpacked = self._exits.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        size = 0
        while piece := self.read(1 << 20):
            size += unpacked.write(piece)
            if size > _MAX_UNPACKED:
                raise InputError(
                    f"{self.path} unpacks to more than 4 GiB.",
                    remedy="Save it as gzipped CSV or JSON lines, which are read in pieces.",
                )
        unpacked.seek(0)
        return unpacked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._exits.close()


def _opened(path: Path) -> BufferedReader:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a file.", remedy="Name the files in it.")
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a file.", remedy="Save the data to a file first.")
        return path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path} cannot be opened: {error.strerror}.",
            remedy="Check the name and the permissions.",
        ) from error
