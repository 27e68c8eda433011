"""`krasae digest`: the morning's page."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

_BUDDHIST_ERA = 543  # years ahead of the common era


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(digest)


def digest(
    on: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="YYYY-MM-DD", help="Its date; the latest that is due when left out."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder to write into; `digests` beside config.toml when left out."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="th or en; the workspace's when left out.")
    ] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Write what changed in the 24 hours to the digest's hour.

    Two files: HTML, and plain text.
    """
    from alerts.digest.day import day_of, latest_date
    from krasae.cli.output import print_json, talk
    from krasae.digests import write
    from krasae.workspace import open_workspace

    now = now_ms()
    with open_workspace(config) as workspace:
        settings = workspace.settings
        hour, zone = settings.digest.hour, settings.workspace.timezone
        latest = latest_date(now, hour=hour, timezone=zone)
        day = day_of(_date(on, latest) if on else latest, hour=hour, timezone=zone)
        facts, written = write(workspace, day, now=now, folder=out, language=_language(language))
    if as_json:
        values = {"date": day.date.isoformat(), "headline": written.headline}
        print_json(values | {"files": [str(path) for path in written.files]})
        return
    talk().print(written.headline, soft_wrap=True)
    if not facts.coverage.mentions.value and facts.coverage.last_at is not None:
        last = latest_date(facts.coverage.last_at, hour=hour, timezone=zone) + timedelta(days=1)
        talk().print(f"The last mention is in the digest of {last}: krasae digest --date {last}")
    for path in written.files:
        print(path)


def _date(text: str, latest: date) -> date:
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a date such as {latest}"
        raise typer.BadParameter(message, param_hint="--date") from None
    if chosen > latest:
        message = f"the day of {chosen} is not over; the latest digest is that of {latest}"
        if chosen.year > latest.year + _BUDDHIST_ERA // 2:
            message += f" (is {chosen.year} a Buddhist year? write {chosen.year - _BUDDHIST_ERA})"
        raise typer.BadParameter(message, param_hint="--date")
    return chosen


def _language(text: str | None) -> str | None:
    from locales import LANGUAGES

    if text is not None and text not in LANGUAGES:
        raise typer.BadParameter(
            f"{text!r} is not one of {', '.join(LANGUAGES)}", param_hint="--lang"
        )
    return text
