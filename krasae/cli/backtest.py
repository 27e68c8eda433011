"""`krasae backtest`: what would have been raised, by the live detection, with nothing written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from krasae.cli.options import CONFIG, Config, Json, moment, now_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from alerts.alert import Alert
    from listener.importers import Progress
    from listener.stage import Stage, Step
    from trends.model import Signal
    from trends.settings import TrendSettings

    Span = tuple[int | None, int | None]

_WEEK_MS = 7 * 86_400_000


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(backtest)


def backtest(
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only alerts raised then or later.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="Look at nothing published then or later."),
    ] = None,
    input_file: Annotated[
        Path | None,
        typer.Option("--input", help="Replay this file instead of a workspace's history."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="How to read the file; `krasae profiles` lists them.")
    ] = None,
    alarms_per_week: Annotated[
        float | None, typer.Option(help="Try this alarm budget instead of the configured one.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Try another value of a key of [trends], such as bucket_minutes=30; repeat it "
            "for more.",
        ),
    ] = None,
    curve: Annotated[
        bool,
        typer.Option(
            "--curve",
            help="Replay once for each of nine alarm budgets: alerts a week, and how many of the "
            "alerts labelled useful or noise come back.",
        ),
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="With --curve: draw it into this file, as SVG.")
    ] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Replay history through the live detection.

    Prints each alert as it was raised. With --input FILE --profile NAME it needs no workspace
    and no brand: a profile that names labels (a ticker, say) is replayed for each label, any
    other as one stream.
    """
    if (input_file is None) != (profile is None):
        raise typer.BadParameter("--input and --profile go together")
    if picture and not curve:
        raise typer.BadParameter("--picture goes with --curve")
    budget = [] if alarms_per_week is None else [f"alarms_per_week={alarms_per_week}"]
    tried = [*(changes or ()), *budget]
    wanted = _Wanted(since, until, as_json, curve, picture)
    if input_file is not None and profile is not None:
        _of_file(input_file, profile, tried, config, wanted)
    else:
        _of_workspace(tried, config, wanted)


class _Wanted(NamedTuple):
    """What is to be printed."""

    since: str | None
    until: str | None
    as_json: bool
    curve: bool
    picture: Path | None


def _of_workspace(tried: list[str], config: Path, wanted: _Wanted) -> None:
    from alerts.records import labelled
    from krasae import backtest as replayed
    from krasae.workspace import open_workspace

    with open_workspace(config, read_only=True) as workspace:
        timezone = workspace.settings.workspace.timezone
        span = moment(wanted.since, timezone), moment(wanted.until, timezone)
        settings = _changed(workspace.settings.trends, tried)

        def signals(settings: "TrendSettings") -> "Iterator[Signal]":
            return replayed.signals_of_workspace(workspace, settings, until=span[1])

        if wanted.curve:
            known = labelled(workspace.db, since=span[0], until=span[1])
            _print_curve(workspace.db, signals, known, span, settings, wanted)
            return
        alerts = replayed.of_workspace(workspace, since=span[0], until=span[1], settings=settings)
        names = {brand.id: brand.name for brand in workspace.settings.brands}
        _print(workspace.db, alerts, names, span, settings, wanted.as_json, timezone)


def _of_file(path: Path, profile: str, tried: list[str], config: Path, wanted: _Wanted) -> None:
    from krasae import backtest as replayed
    from krasae.cli.output import progress, talk
    from trends.settings import TrendSettings

    settings = _changed(TrendSettings(), tried)
    span = moment(wanted.since, "UTC"), moment(wanted.until, "UTC")
    chosen = replayed.named_profile(profile, config.absolute().parent)
    with progress() as bars:
        watcher = _Watcher(bars)
        with replayed.trial(
            path, chosen, timezone="UTC", now=now_ms(), until=span[1], watcher=watcher
        ) as trial:
            bars.stop()
            if trial.report.refused:
                talk().print(
                    f"{trial.report.refused:,} of {trial.report.read:,} rows were refused; "
                    "`krasae import --dry-run` says why."
                )
            if wanted.curve:
                _print_curve(trial.db, trial.signals, [], span, settings, wanted)
                return
            alerts = (
                alert
                for alert in trial.alerts(settings)
                if span[0] is None or alert.detected_at >= span[0]
            )
            _print(trial.db, alerts, {}, span, settings, wanted.as_json)


def _print_curve(
    db: Any,
    signals: "Callable[[TrendSettings], Iterator[Signal]]",
    known: "Sequence[Alert]",
    span: "Span",
    settings: "TrendSettings",
    wanted: _Wanted,
) -> None:
    from krasae.backtest import at_height
    from krasae.cli.curve_view import show_curve
    from krasae.cli.output import talk
    from krasae.curve import curve

    weeks = _weeks(db, span)
    if weeks is None:
        talk().print("There are no mentions to replay.")
        return
    show_curve(
        curve(lambda tried: at_height(signals(tried), since=span[0]), known, settings, weeks=weeks),
        configured=settings.alarms_per_week,
        as_json=wanted.as_json,
        picture=wanted.picture,
    )


class _Watcher:
    """Moves the progress bars of a backtest."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._reading = bars.add_task("read", total=None)
        self._understanding = bars.add_task("enrich", total=None)

    def imported(self, progress: "Progress") -> None:
        """Some rows of the file were read."""
        self._bars.update(self._reading, completed=progress.done, total=progress.total)

    def stepped(self, stage: "Stage", step: "Step") -> None:
        """A stage did a step."""
        self._bars.advance(self._understanding, step.read)


def _changed(settings: "TrendSettings", tried: list[str]) -> "TrendSettings":
    import json

    from pydantic import ValidationError

    from trends.settings import TrendSettings

    values = settings.model_dump()
    for one in tried:
        key, equals, value = one.partition("=")
        if not equals or key.strip() not in values:
            keys = ", ".join(values)
            raise typer.BadParameter(f"--set {one}: write KEY=VALUE; the keys are {keys}.")
        try:
            values[key.strip()] = json.loads(value)
        except ValueError as error:
            raise typer.BadParameter(f"--set {one}: {value!r} is no number.") from error
    try:
        return TrendSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        option = "--alarms-per-week" if key == "alarms_per_week" else f"--set {key}"
        raise typer.BadParameter(f"{option}: {first['msg'].lower()}") from error


def _print(
    db: Any,
    alerts: "Iterator[Alert]",
    names: dict[str, str],
    span: "Span",
    settings: "TrendSettings",
    as_json: bool,
    timezone: str = "UTC",
) -> None:
    from krasae.backtest import values
    from krasae.cli.output import data, print_json, talk
    from listener.printable import printable

    raised = 0
    for alert in alerts:
        raised += 1
        row = values(db, alert, brand_name=names.get(alert.brand, alert.brand), timezone=timezone)
        if as_json:
            print_json(row)
        else:
            line = f"{row['detected_at'][:16]}Z  {alert.severity:>2}  {alert.kind:<11}  "
            data().print(line + printable(row["subject"]), soft_wrap=True)
    weeks = _weeks(db, span)
    if weeks is None:
        talk().print("There are no mentions to replay.")
        return
    talk().print(
        f"{raised:,} alerts in {weeks:.1f} weeks: {raised / weeks:.1f} a week, "
        f"for a budget of {settings.alarms_per_week:g}."
    )


def _weeks(db: Any, span: "Span") -> float | None:
    """The weeks from which alerts are told; None when there is no mention at all."""
    first, last = db.execute("SELECT min(published_at), max(published_at) FROM mentions").fetchone()
    if first is None:
        return None
    start, end = span
    from_ms, to_ms = max(first, start or first), min(last, end or last)
    return float(max((to_ms - from_ms) / _WEEK_MS, 1 / 7))
