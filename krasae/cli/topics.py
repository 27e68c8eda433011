"""`krasae topics`: what a brand's posts, or the texts of a file, are about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from krasae.cli.options import CONFIG, Json, now_ms

if TYPE_CHECKING:
    from krasae.rows import RowWriter
    from krasae.topic_file import FileTopics
    from krasae.topics import Asked
    from krasae.workspace import Workspace
    from nlp.settings import NlpSettings

_TAKES = "this takes up to a minute"


def register(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(topics)


def topics(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="A table with texts: JSONL, CSV, XLSX, Parquet, gzipped or not."
        ),
    ] = None,
    brand: Annotated[
        str | None, typer.Option(help="A brand of the workspace; its id or name.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="With --brand: fit anew, on the last fit.")
    ] = False,
    days: Annotated[
        int | None,
        typer.Option(min=1, help="With --brand: fit anew, on so many days of posts."),
    ] = None,
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="With FILE: the column that holds the texts.")
    ] = "text",
    time_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With FILE: the column of times; else looked for."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="With FILE: write its rows with their topics there."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="jsonl or csv; else that of --out's name, or of FILE."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="With FILE: its encoding, such as cp874; else found out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same topics.")] = 1,
    limit: Annotated[
        int, typer.Option(min=0, help="Show so many topics, the largest; 0 for all.")
    ] = 30,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="KRASAE_CONFIG",
            help="The workspace's configuration file; with FILE, for its words and names.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what posts are about: the topics of a brand, or of a file.

    With --brand the latest fit is shown, and one is made where there is none. `krasae run` fits
    every brand once a day; a topic that is still there keeps its id and its name. New posts get
    their topics in between. With FILE and --out the same rows come out in the same order, with
    topic, topic_label and topic_similarity; a row without a text has an `error`, and the exit
    code is then 12. Without either, all brands' fits are listed. Needs krasae[topics].
    """
    if file is not None:
        if brand is not None or refit or days is not None:
            raise typer.BadParameter("--brand, --refit and --days go without FILE.")
        reading = _Reading(file, text_column, time_column, encoding, seed)
        _of_file(reading, config, _Writing(out, form), limit=limit, as_json=as_json)
        return
    if out or form or encoding or time_column:
        raise typer.BadParameter("--out, --format, --encoding and --time-column go with FILE.")
    if brand is not None:
        fitting = _Fitting(brand, refit or days is not None, days, seed)
        _of_brand(config or CONFIG, fitting, limit=limit, as_json=as_json)
    elif refit or days is not None:
        raise typer.BadParameter("--refit and --days go with --brand.")
    else:
        _of_all(config or CONFIG, as_json=as_json)


class _Fitting(NamedTuple):
    """Of which brand, and how to fit it."""

    brand: str
    refit: bool
    days: int | None
    seed: int


class _Reading(NamedTuple):
    """How to read a file."""

    path: Path
    text_column: str
    time_column: str | None
    encoding: str | None
    seed: int


class _Writing(NamedTuple):
    """Where the rows go, if anywhere."""

    out: Path | None
    form: str | None


def _of_brand(config: Path, fitting: _Fitting, *, limit: int, as_json: bool) -> None:
    from krasae.cli import topic_view
    from krasae.cli.output import data, print_json, talk
    from krasae.topic_report import of_brand
    from krasae.workspace import open_workspace
    from locales.formats import Formats
    from nlp.topic_stage.fits import latest

    with open_workspace(config, read_only=True) as workspace:
        asked = _asked(workspace, fitting)
        fit = latest(workspace.db, asked.brand)
    if fit is None or fitting.refit:
        with open_workspace(config) as workspace:
            _fit(workspace, asked)
    with open_workspace(config, read_only=True) as workspace:
        fit = latest(workspace.db, asked.brand)
        if fit is None:
            return
        report, mentions = of_brand(workspace.db, fit)
        formats = Formats("en", workspace.settings.workspace.timezone)
    if as_json:
        print_json(topic_view.brand_values(asked, fit, report, mentions))
        return
    topic_view.print_title(data(), asked.name, fit, report, formats)
    topic_view.print_report(data(), report, limit=limit, sounds=True)
    talk().print(
        f"{topic_view.footer(fit, formats)} {topic_view.unshown(report, limit)}".rstrip(),
        soft_wrap=True,
    )


def _asked(workspace: "Workspace", fitting: _Fitting) -> "Asked":
    """The brand by its id or its name."""
    from dataclasses import replace

    from krasae.topics import asked
    from listener.errors import NotFoundError

    every = asked(workspace.settings)
    wanted = fitting.brand.casefold()
    for one in every:
        if wanted in (one.brand.casefold(), one.name.casefold()):
            days = fitting.days or one.days
            return replace(one, days=days, seed=fitting.seed)
    raise NotFoundError(
        f"There is no brand {fitting.brand!r} in the configuration.",
        remedy=f"There are: {', '.join(one.brand or one.name for one in every)}.",
    )


def _fit(workspace: "Workspace", asked: "Asked") -> None:
    from krasae.cli.output import talk
    from krasae.topics import find, in_words, posts_of
    from nlp.topic_stage.fits import count_topics, keep

    now = now_ms()
    _, posts = posts_of(workspace.db, asked, now=now)
    talk().print(f"Finding the topics of {len(posts):,} posts; {_TAKES}.")
    stored = keep(workspace.db, find(workspace.db, asked, now=now), now=now)
    line = in_words(asked.name, stored, count_topics(workspace.db, stored))
    usual = workspace.settings.nlp.topic_days
    if asked.days != usual:
        line += (
            f" The next fit of `krasae run` looks at {usual} days again; [nlp] topic_days = "
            f"{asked.days} in config.toml makes it these."
        )
    talk().print(line, soft_wrap=True)


def _of_all(config: Path, *, as_json: bool) -> None:
    from krasae.cli import topic_view
    from krasae.cli.output import data, print_json_lines, talk
    from krasae.workspace import open_workspace
    from nlp.topic_stage.fits import current

    with open_workspace(config, read_only=True) as workspace:
        fits = current(workspace.db)
        if as_json:
            print_json_lines(topic_view.fit_values(fit) for fit in fits)
            return
        if fits:
            topic_view.print_fits(data(), workspace, fits)
    brand = fits[0].brand if fits else "ID"
    how = "shows them" if fits else "makes them, as `krasae run` does every night"
    nothing = "" if fits else "No brand has topics yet. "
    talk().print(f"{nothing}`krasae topics --brand {brand}` {how}.", soft_wrap=True)


def _of_file(
    reading: _Reading, config: Path | None, writing: _Writing, *, limit: int, as_json: bool
) -> None:
    from krasae.cli import topic_view
    from krasae.cli.output import data, print_json, talk
    from krasae.cli.row_files import FORMATS, SOME_REFUSED, tell_errors
    from krasae.topic_file import FileTopics

    if writing.form not in (None, *FORMATS):
        raise typer.BadParameter(f"--format is one of {', '.join(FORMATS)}, not {writing.form!r}.")
    found = FileTopics(
        reading.path,
        text_column=reading.text_column,
        time_column=reading.time_column,
        encoding=reading.encoding,
        nlp=_nlp(config),
        now=now_ms(),
        seed=reading.seed,
    )
    talk().print(f"Finding the topics of {found.read():,} texts; {_TAKES}.")
    found.fit()
    written = _rows(found, writing)
    report = found.report()
    if as_json:
        print_json(topic_view.file_values(found, report))
    else:
        topic_view.print_file_title(data(), found, report)
        topic_view.print_report(data(), report, limit=limit, sounds=False)
        if more := topic_view.unshown(report, limit):
            talk().print(more)
    if writing.out:
        talk().print(f"The rows with their topics are in {writing.out}.", soft_wrap=True)
    tell_errors(found.texts.errors, written)
    raise typer.Exit(SOME_REFUSED if found.texts.errors else 0)


def _nlp(config: Path | None) -> "NlpSettings":
    from krasae.settings import load_settings
    from nlp.settings import NlpSettings

    return NlpSettings() if config is None else load_settings(config).nlp


def _rows(found: "FileTopics", writing: _Writing) -> "RowWriter | None":
    """Go through the rows, and write them where that is wanted."""
    from krasae.cli.row_files import format_named, opened, writer
    from krasae.topic_file import COLUMNS

    if writing.out is None:
        for _ in found.rows():
            pass
        return None
    form = writing.form or format_named(writing.out) or found.format
    with opened(writing.out) as file:
        written = writer(form, file, COLUMNS)
        for rows in found.rows():
            written.write(rows)
    return written
