"""`krasae alerts`: what is unusual, each alert in full, and the rows behind its figures."""

from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, moment, now_ms

if TYPE_CHECKING:
    from alerts.message import Edition
    from krasae.workspace import Workspace

Lang = Annotated[
    str | None, typer.Option("--lang", help="th or en; the workspace's language by default.")
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(
        help="What is unusual: alerts with their evidence.",
        invoke_without_command=True,
        callback=listing,
    )
    group.command()(show)
    group.command()(rows)
    group.command()(label)
    app.add_typer(group, name="alerts")


def edition_of(workspace: "Workspace", language: str | None = None) -> "Edition":
    """How this workspace's people read; `language` is what they asked for now."""
    from alerts.message import Edition

    settings = workspace.settings
    if language not in (None, "th", "en"):
        raise typer.BadParameter(f"{language!r} is not a language we speak; use th or en.")
    return Edition.of(settings.workspace, settings.brands, language)


def listing(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open, or all for those that are over, too.")] = "open",
    kind: Annotated[
        str | None,
        typer.Option(
            help="surge, emerging, risk, inauthentic, coverage, or trends for all but coverage."
        ),
    ] = None,
    brand: Annotated[str | None, typer.Option(help="A brand's id.")] = None,
    severity: Annotated[int, typer.Option(min=1, max=10, help="At least so severe.")] = 1,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Raised at this time or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Raised before this time.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As they were known at this time.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the latest.")] = 20,
    config: Config = CONFIG,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """List alerts, the latest first. `krasae alerts show ID` shows one in full."""
    if context.invoked_subcommand:
        return
    from alerts import records
    from alerts.message import alert_values
    from krasae.cli import alert_view
    from krasae.cli.output import data, print_json_lines, talk
    from krasae.workspace import open_workspace
    from trends.model import SignalKind

    one_of("state", state, ("open", "all"))
    if kind is not None:
        one_of("kind", kind, (*SignalKind, records.TRENDS))
    with open_workspace(config, read_only=True) as workspace:
        timezone = workspace.settings.workspace.timezone
        wanted = records.Filter(
            open_only=state == "open",
            kind=kind,
            brand=brand,
            severity=severity,
            since=moment(since, timezone),
            until=moment(until, timezone),
        )
        then = moment(at, timezone)
        if then is None:
            found = records.listed(workspace.db, wanted, limit=limit)
            total = records.count(workspace.db, wanted)
        else:
            found = records.listed_as_of(workspace.db, then, wanted)
            total, found = len(found), found[:limit]
        edition = edition_of(workspace, lang)
    if as_json:
        print_json_lines(alert_values(alert, edition) for alert in found)
        return
    alert_view.print_list(data(), found, edition)
    talk().print(alert_view.footer(found, total, open_only=state == "open"))


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a value that is none of the choices."""
    if value not in choices:
        raise typer.BadParameter(f"--{name} is one of {', '.join(choices)}, not {value!r}.")


def show(
    alert_id: Annotated[int, typer.Argument(metavar="ID")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As it was known at this time.")
    ] = None,
    config: Config = CONFIG,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Show one alert in full: its figures, the mentions to read first, what lies behind."""
    from krasae.cli import alert_view
    from krasae.cli.output import data, print_json
    from krasae.workspace import open_workspace

    with open_workspace(config, read_only=True) as workspace:
        edition = edition_of(workspace, lang)
        then = moment(at, workspace.settings.workspace.timezone)
        full = alert_view.load(workspace.db, alert_id, at=then)
    if as_json:
        print_json(alert_view.full_values(full, edition))
    else:
        alert_view.print_full(data(), full, edition)


def rows(
    alert_id: Annotated[int, typer.Argument(metavar="ID")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """List the mentions behind an alert's figures, those to read first first."""
    from alerts import reading, records
    from alerts.message import reading_values
    from krasae.cli import alert_view
    from krasae.cli.output import data, print_json_lines, talk
    from krasae.workspace import open_workspace

    with open_workspace(config, read_only=True) as workspace:
        alert = records.one(workspace.db, alert_id)
        found = reading.mentions_of(workspace.db, alert_id)
        edition = edition_of(workspace)
    if as_json:
        print_json_lines(reading_values(mention) for mention in found)
        return
    alert_view.print_mentions(data(), found, edition)
    if len(found) < alert.mentions:
        everything = alert_view.window_command(alert, edition)
        talk().print(
            f"{len(found)} of {alert.mentions} mentions; the others were deleted since, or are "
            f"more than is kept as evidence. All of the window: {everything}"
        )


def label(
    alert_id: Annotated[int, typer.Argument(metavar="ID")],
    verdict: Annotated[str, typer.Argument(help="useful or noise.")],
    config: Config = CONFIG,
) -> None:
    """Say whether an alert was useful or noise."""
    from alerts import records
    from krasae.cli.output import talk
    from krasae.workspace import open_workspace

    one_of("verdict", verdict, ("useful", "noise"))
    with open_workspace(config) as workspace:
        records.label(workspace.db, alert_id, verdict, at=now_ms())
    talk().print(f"Alert {alert_id}: {verdict}.")
