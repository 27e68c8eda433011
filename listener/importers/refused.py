"""The file of refused rows beside an import's input."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Self

import orjson

from listener.errors import InputError
from listener.importers.rows import REFUSED, Refusal


class RefusedFile:
    """Writes refused rows as JSON lines to INPUT.refused.jsonl; no file without a refusal.

    Where the input's folder cannot be written to, it goes to `fallback`. The file always
    tells about the last import of INPUT: an older one is replaced, or removed at the end.
    """

    def __init__(self, path: Path, fallback: Path | None) -> None:
        self._places = [path.with_name(path.name + REFUSED)]
        if fallback is not None:
            self._places.append(fallback / (path.name + REFUSED))
        self._file: IO[bytes] | None = None
        self.path: Path | None = None

    def write(self, refusals: Iterable[Refusal]) -> None:
        """Add refused rows."""
        for refusal in refusals:
            if self._file is None:
                self._file = self._opened()
            try:
                self._file.write(_line(refusal))
            except OSError as error:
                raise self._unwritable(error) from error

    def finish(self) -> None:
        """Everything was read: flush, and remove what an earlier import left if it is stale."""
        try:
            self.close()
            if self.path is None and self._places[0].is_file():
                self._places[0].unlink()
        except PermissionError:
            return
        except OSError as error:
            raise self._unwritable(error) from error

    def discard(self) -> None:
        """Take back what was written."""
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _opened(self) -> IO[bytes]:
        failures: list[OSError] = []
        for place in self._places:
            try:
                file = place.open("wb")
            except OSError as error:
                failures.append(error)
            else:
                self.path = place
                return file
        raise self._unwritable(failures[0])

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(
            f"Refused rows cannot be written to {self.path or self._places[0]}: {error.strerror}.",
            remedy="Make room or give write permission there, then import again: "
            "rows already imported are not doubled.",
        )


def _line(refusal: Refusal) -> bytes:
    record = {
        "row": refusal.row,
        "code": refusal.code,
        "reason": refusal.reason,
        "remedy": refusal.remedy,
        "values": refusal.values,
    }
    try:
        return orjson.dumps(record, default=str, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(record, default=str, ensure_ascii=False).encode() + b"\n"
