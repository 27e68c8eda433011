"""`krasae classify`: what the texts of a file mean, row by row, without a workspace."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from krasae.classify import RowClassifier
    from krasae.rows import Row, RowWriter
    from listener.importers.rows import Table
    from nlp.enrich import Enricher

SOME_REFUSED = 12
_STDIN = "-"
_FORMATS = ("jsonl", "csv")
_REASONS = {
    "no-text": "without a text",
    "bad-json": "no JSON object",
    "wrong-columns": "with another number of columns",
    "bad-quoting": "with quotes out of place",
    "bad-encoding": "in another encoding",
    "too-long": "too long",
}


def register(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(classify)


def classify(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="JSONL or CSV, gzipped or not (also TSV, XLSX, Parquet); - reads from a pipe.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write to this file; else to the standard output."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="jsonl or csv; else that of --out's name, or of FILE."),
    ] = None,
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="The column that holds the texts.")
    ] = "text",
    label_set: Annotated[
        str,
        typer.Option(help="krasae, or wisesight: pos, neu, neg and q (question) as sentiment."),
    ] = "krasae",
    encoding: Annotated[
        str | None, typer.Option(help="The text encoding, such as cp874; else found out.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="A workspace whose words, names and lessons are to be used."
        ),
    ] = None,
) -> None:
    """Say what the texts of a file mean.

    The same rows come out in the same order, with more columns: language, sentiment,
    sentiment_probability, intent, aspects, entities, and duplicate_of: the id (or else the
    number, from 1) of the earlier row of which the text is a near-copy. A row that has no text,
    or cannot be read, comes out with an `error`; the exit code is then 12.
    """
    from krasae.classify import LABEL_SETS, RowClassifier
    from listener.importers.profile import FileRules
    from listener.importers.tables import open_table

    _one_of("format", form, _FORMATS)
    _one_of("label-set", label_set, LABEL_SETS)
    path = Path("the standard input") if file == _STDIN else Path(file)
    stream = _standard_input() if file == _STDIN else None
    with open_table(path, FileRules(encoding=encoding), stream) as table, _opened(out) as written:
        classifier = RowClassifier(_enricher(config), text_column=text_column, labels=label_set)
        writer = _writer(form or _named(out) or table.format, written)
        started = time.monotonic()
        _write(classifier, table, writer)
        written.flush()
    _report(classifier, writer, time.monotonic() - started)
    raise typer.Exit(SOME_REFUSED if classifier.errors else 0)


def _one_of(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise typer.BadParameter(f"--{name} is one of {', '.join(choices)}, not {value!r}.")


def _standard_input() -> Any:
    if sys.stdin.isatty():
        raise typer.BadParameter("- reads from a pipe: krasae classify - < FILE.")
    return sys.stdin.buffer


def _enricher(config: Path | None) -> "Enricher":
    from nlp.enrich import Enricher
    from nlp.settings import NlpSettings

    if config is None:
        return Enricher(NlpSettings())
    from krasae.settings import load_settings
    from krasae.workspace import open_workspace
    from nlp.lessons import taught

    settings = load_settings(config)
    if not (config.absolute().parent / settings.workspace.database).exists():
        return Enricher(settings.nlp)  # nothing was taught yet
    with open_workspace(config, read_only=True) as workspace:
        return Enricher(workspace.settings.nlp, taught(workspace.db))


def _named(out: Path | None) -> str | None:
    """The format that a file's name tells."""
    suffix = out.name.removesuffix(".gz").rpartition(".")[2] if out else ""
    return suffix if suffix in _FORMATS else None


def _writer(form: str, file: IO[bytes]) -> "RowWriter":
    from krasae.classify import COLUMNS, ERROR
    from krasae.rows import Delimited, JsonLines

    return Delimited(file, ours=(*COLUMNS, ERROR)) if form == "csv" else JsonLines(file)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """The file to write to. A named one is put in its place when it is complete."""
    import gzip

    if out is None:
        try:
            yield sys.stdout.buffer
        except BrokenPipeError:  # `| head` has read enough
            # Python would try to write the rest at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return
    part = out.with_name(f"{out.name}.part")
    opened: Any = gzip.open if out.name.endswith(".gz") else open
    try:
        with opened(part, "wb") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _write(classifier: "RowClassifier", table: "Table", writer: "RowWriter") -> None:
    from krasae.cli.output import progress

    started = time.monotonic()
    with progress() as bars:
        task = bars.add_task("rows", total=None)
        rows: list[Row]
        for rows in classifier.classified(table):
            writer.write(rows)
            done, size = table.position()
            total = round(classifier.rows * size / done) if done else None
            speed = classifier.rows / (time.monotonic() - started)
            bars.update(
                task,
                completed=classifier.rows,
                total=total,
                description=f"{speed:,.0f} rows/s",
            )


def _report(classifier: "RowClassifier", writer: "RowWriter", seconds: float) -> None:
    from krasae.cli.output import talk

    speed = classifier.rows / seconds if seconds else 0
    talk().print(
        f"{classifier.rows:,} rows, {classifier.copies:,} of them near-copies of an earlier one; "
        f"{speed:,.0f} rows/s.",
        soft_wrap=True,
    )
    if classifier.errors:
        why = ", ".join(
            f"{count:,} {_REASONS.get(code, code)}"
            for code, count in classifier.errors.most_common()
        )
        talk().print(f"{classifier.errors.total():,} rows have an error: {why}.", soft_wrap=True)
    dropped = getattr(writer, "dropped", 0)
    if dropped:
        talk().print(
            f"{dropped:,} values have no column in the CSV: its columns are those of the first "
            "rows. --format jsonl keeps them.",
            soft_wrap=True,
        )
