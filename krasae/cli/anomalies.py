"""`krasae anomalies`: what stands out in a series, row by row, without a workspace."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from krasae.anomalies import RowJudge
    from krasae.rows import RowWriter
    from listener.importers.rows import Table


def register(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(anomalies)


def anomalies(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, gzipped or not (also TSV, JSONL, XLSX, Parquet), oldest first."),
    ],
    column: Annotated[
        str, typer.Option(metavar="NAME", help="The column that holds the counts or values.")
    ] = "value",
    time_column: Annotated[
        str, typer.Option(metavar="NAME", help="The column that holds the times.")
    ] = "timestamp",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write to this file; else to the standard output."),
    ] = None,
    month_first: Annotated[
        bool, typer.Option("--month-first", help="3/4/2026 is 4 March; else 3 April.")
    ] = False,
) -> None:
    """Say what stands out in a series of counts or values, such as visits or ratings.

    The same rows come out in the same order, with more columns: anomaly_score (0 to 1; 0.5 is
    what such a series does once in two weeks, or sixty rows), expected, lower, upper (95 rows
    of 100 lie between them), and alert, which is 1 in the first row of an event. A row looks
    only at those before it. One that has no number, or a time that is not later than before,
    comes out with an `error`; the exit code is then 12.
    """
    from krasae.anomalies import COLUMNS, RowJudge
    from krasae.cli.row_files import SOME_REFUSED, format_named, opened, writer
    from listener.importers.profile import FileRules
    from listener.importers.tables import open_table

    with open_table(file, FileRules()) as table, opened(out) as file_out:
        judge = RowJudge(value=column, time=time_column, month_first=month_first)
        rows = writer(format_named(out) or table.format, file_out, COLUMNS)
        started = time.monotonic()
        _write(judge, table, rows)
        file_out.flush()
    _report(judge, rows, time.monotonic() - started)
    raise typer.Exit(SOME_REFUSED if judge.errors else 0)


def _write(judge: "RowJudge", table: "Table", writer: "RowWriter") -> None:
    from krasae.cli.output import progress

    with progress() as bars:
        task = bars.add_task("rows", total=None)
        for rows in judge.judged(table):
            writer.write(rows)
            done, size = table.position()
            total = round(judge.rows * size / done) if done else None
            bars.update(task, completed=judge.rows, total=total)


def _report(judge: "RowJudge", writer: "RowWriter", seconds: float) -> None:
    from krasae.cli.output import talk
    from krasae.cli.row_files import tell_errors

    speed = judge.rows / seconds if seconds else 0
    talk().print(
        f"{judge.rows:,} rows, {judge.alerts:,} alerts; {speed:,.0f} rows/s.", soft_wrap=True
    )
    tell_errors(judge.errors, writer)
    if judge.errors["not-later"] > judge.rows / 2:
        talk().print("The file must have the oldest row first: sort it by time.", soft_wrap=True)
