"""`krasae doctor`: is everything as it should be, and what to do where it is not."""

from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.health import Check


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(doctor)


def doctor(
    config: Config = CONFIG,
    adopt_key: Annotated[
        bool,
        typer.Option(
            "--adopt-key",
            help="Go on with another author key, when the old one is lost for good: authors "
            "known so far become strangers.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that all is well, and say what to do where it is not.

    Looks at the configuration, secrets, models, disk and database. Exit code 1 when
    something failed.
    """
    from dataclasses import asdict

    from krasae.cli.output import print_json
    from krasae.doctor import adopt_author_key, examine, is_well

    if adopt_key:
        adopt_author_key(config)
    checks = list(examine(config, now=now_ms()))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        _print(checks)
    raise typer.Exit(0 if is_well(checks) else 1)


def _print(checks: "list[Check]") -> None:
    from rich.table import Table
    from rich.text import Text

    from krasae.cli.output import data

    styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    table = Table.grid(padding=(0, 2))
    for check in checks:
        said = f"{check.message}\n→ {check.remedy}" if check.remedy else check.message
        table.add_row(Text(check.outcome, styles[check.outcome]), check.name, said)
    data().print(table)
