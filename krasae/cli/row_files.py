"""What commands share that hand on the rows of a file. Imported when they run."""

import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import typer

from krasae.cli.output import talk
from krasae.rows import Delimited, JsonLines, RowWriter
from krasae.texts import ERROR

SOME_REFUSED = 12  # the exit code when some rows have an error
FORMATS = ("jsonl", "csv")
_REASONS = {
    "no-text": "without a text",
    "bad-json": "no JSON object",
    "wrong-columns": "with another number of columns",
    "bad-quoting": "with quotes out of place",
    "bad-encoding": "in another encoding",
    "too-long": "too long",
    "no-number": "without a usable number",
    "bad-time": "without a readable time",
    "not-later": "not later than the row before",
}


def format_named(out: Path | None) -> str | None:
    """The format that a file's name tells."""
    suffix = out.name.removesuffix(".gz").rpartition(".")[2] if out else ""
    return suffix if suffix in FORMATS else None


def writer(form: str, file: IO[bytes], ours: Sequence[str]) -> RowWriter:
    """Writes rows in that format; `ours` are the columns that were added."""
    return Delimited(file, ours=(*ours, ERROR)) if form == "csv" else JsonLines(file)


@contextmanager
def opened(out: Path | None) -> Iterator[IO[bytes]]:
    """The file to write to. A named one is put in its place when it is complete."""
    if out is None:
        try:
            yield sys.stdout.buffer
        except BrokenPipeError:  # `| head` has read enough
            # Python would try to write the rest at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return
    part = out.with_name(f"{out.name}.part")
    opening: Any = gzip.open if out.name.endswith(".gz") else open
    try:
        with opening(part, "wb") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def tell_errors(errors: Counter[str], written: RowWriter | None = None) -> None:
    """Say how many rows have an error, and what of the rest was not written."""
    if errors:
        why = ", ".join(
            f"{count:,} {_REASONS.get(code, code)}" for code, count in errors.most_common()
        )
        talk().print(f"{errors.total():,} rows have an error: {why}.", soft_wrap=True)
    dropped = getattr(written, "dropped", 0)
    if dropped:
        talk().print(
            f"{dropped:,} values have no column in the CSV: its columns are those of the first "
            "rows. --format jsonl keeps them.",
            soft_wrap=True,
        )
