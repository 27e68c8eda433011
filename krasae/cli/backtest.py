"""`krasae backtest`: what would have been raised, by the live detection, with nothing written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, moment, now_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alerts.alert import Alert
    from listener.importers import Progress
    from listener.stage import Stage, Step
    from trends.settings import TrendSettings

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
    changes = {} if alarms_per_week is None else {"alarms_per_week": alarms_per_week}
    if input_file is not None and profile is not None:
        _of_file(input_file, profile, since, until, changes, config, as_json)
    else:
        _of_workspace(since, until, changes, config, as_json)


def _of_workspace(
    since: str | None, until: str | None, changes: dict[str, float], config: Path, as_json: bool
) -> None:
    from krasae import backtest as replayed
    from krasae.workspace import open_workspace

    with open_workspace(config, read_only=True) as workspace:
        timezone = workspace.settings.workspace.timezone
        start, end = moment(since, timezone), moment(until, timezone)
        settings = _changed(workspace.settings.trends, changes)
        alerts = replayed.of_workspace(workspace, since=start, until=end, settings=settings)
        names = {brand.id: brand.name for brand in workspace.settings.brands}
        _print(workspace.db, alerts, names, (start, end), settings, as_json, timezone)


def _of_file(
    path: Path,
    profile: str,
    since: str | None,
    until: str | None,
    changes: dict[str, float],
    config: Path,
    as_json: bool,
) -> None:
    from krasae import backtest as replayed
    from krasae.cli.output import progress, talk
    from trends.settings import TrendSettings

    settings = _changed(TrendSettings(), changes)
    start, end = moment(since, "UTC"), moment(until, "UTC")
    chosen = replayed.named_profile(profile, config.absolute().parent)
    with progress() as bars:
        watcher = _Watcher(bars)
        with replayed.trial(
            path, chosen, timezone="UTC", now=now_ms(), until=end, watcher=watcher
        ) as trial:
            bars.stop()
            if trial.report.refused:
                talk().print(
                    f"{trial.report.refused:,} of {trial.report.read:,} rows were refused; "
                    "`krasae import --dry-run` says why."
                )
            alerts = (
                alert
                for alert in trial.alerts(settings)
                if start is None or alert.detected_at >= start
            )
            _print(trial.db, alerts, {}, (start, end), settings, as_json)


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


def _changed(settings: "TrendSettings", changes: dict[str, float]) -> "TrendSettings":
    from pydantic import ValidationError

    from trends.settings import TrendSettings

    try:
        return TrendSettings.model_validate({**settings.model_dump(), **changes})
    except ValidationError as error:
        reason = error.errors()[0]["msg"].lower()
        raise typer.BadParameter(f"--alarms-per-week: {reason}") from error


def _print(
    db: Any,
    alerts: "Iterator[Alert]",
    names: dict[str, str],
    span: tuple[int | None, int | None],
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
    first, last = db.execute("SELECT min(published_at), max(published_at) FROM mentions").fetchone()
    if first is None:
        talk().print("There are no mentions to replay.")
        return
    start, end = span
    from_ms, to_ms = max(first, start or first), min(last, end or last)
    weeks = max((to_ms - from_ms) / _WEEK_MS, 1 / 7)
    talk().print(
        f"{raised:,} alerts in {weeks:.1f} weeks: {raised / weeks:.1f} a week, "
        f"for a budget of {settings.alarms_per_week:g}."
    )
