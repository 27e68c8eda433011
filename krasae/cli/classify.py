"""`krasae classify`: what the texts of a file mean, row by row, without a workspace."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from krasae.classify import RowClassifier
    from krasae.rows import Row, RowWriter
    from listener.importers.rows import Table
    from nlp.enrich import Enricher

_STDIN = "-"


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
    from krasae.classify import COLUMNS, LABEL_SETS, RowClassifier
    from krasae.cli.row_files import FORMATS, SOME_REFUSED, format_named, opened, writer
    from listener.importers.profile import FileRules
    from listener.importers.tables import open_table

    _one_of("format", form, FORMATS)
    _one_of("label-set", label_set, LABEL_SETS)
    path = Path("the standard input") if file == _STDIN else Path(file)
    stream = _standard_input() if file == _STDIN else None
    with open_table(path, FileRules(encoding=encoding), stream) as table, opened(out) as file_out:
        classifier = RowClassifier(_enricher(config), text_column=text_column, labels=label_set)
        rows = writer(form or format_named(out) or table.format, file_out, COLUMNS)
        started = time.monotonic()
        _write(classifier, table, rows)
        file_out.flush()
    _report(classifier, rows, time.monotonic() - started)
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
    from nlp.brands import known_brands
    from nlp.lessons import taught

    settings = load_settings(config)
    if not (config.absolute().parent / settings.workspace.database).exists():
        # Nothing was taught yet.
        return Enricher(settings.nlp, brands=known_brands(settings.brands))
    with open_workspace(config, read_only=True) as workspace:
        return Enricher(settings.nlp, taught(workspace.db), known_brands(settings.brands))


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
    from krasae.cli.row_files import tell_errors

    speed = classifier.rows / seconds if seconds else 0
    talk().print(
        f"{classifier.rows:,} rows, {classifier.copies:,} of them near-copies of an earlier one; "
        f"{speed:,.0f} rows/s.",
        soft_wrap=True,
    )
    tell_errors(classifier.errors, writer)
