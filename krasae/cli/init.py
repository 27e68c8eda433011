"""`krasae init`: a new workspace, by asking or from flags."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import Json

if TYPE_CHECKING:
    from krasae.initialise import NamedQuery, Offer


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Option(help="Where the workspace shall be.")] = Path(),
    name: Annotated[
        str | None, typer.Option(help="What you call it; the folder's name, if not given.")
    ] = None,
    brand: Annotated[
        list[str] | None,
        typer.Option(
            help='Your own brand as "Name=query", or just "Name". Can be repeated.',
            metavar="NAME=QUERY",
        ),
    ] = None,
    competitor: Annotated[
        list[str] | None,
        typer.Option(help="A competitor, in the same form. Can be repeated.", metavar="NAME=QUERY"),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="The time zone of your days, such as Asia/Bangkok.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="The language of digests and messages: th or en.")
    ] = None,
    sources: Annotated[
        str | None,
        typer.Option(
            help="Sources that need no key: all, none, or some of bluesky, news, hackernews and "
            "trends, between commas. None, if not given and nobody can be asked.",
            metavar="NAMES",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace config.toml; the old one becomes config.toml.old."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take defaults.")] = False,
    as_json: Json = False,
) -> None:
    """Make a workspace, by asking or from options.

    A workspace is a folder with a commented config.toml, the author key in .env, and the
    database. Asks for what the options do not say, when it runs on a terminal. Nothing that
    exists is overwritten without --force, and the key and the database never.
    """
    from krasae.cli.output import print_json, talk
    from krasae.initialise import (
        brands_from,
        create,
        named_query,
        offers,
        settings_from,
        sources_from,
    )

    own = [named_query(text) for text in brand or []]
    others = [named_query(text) for text in competitor or []]
    asks = sys.stdin.isatty() and not yes
    called = name or folder.absolute().name or "Krasae"
    zone, tongue = timezone or _zone_here(), language or _language_here()
    if asks:
        called = name or typer.prompt("What do you call this workspace?", default=called, err=True)
        zone = timezone or typer.prompt("Time zone", default=zone, err=True)
        tongue = language or typer.prompt("Language, th or en", default=tongue, err=True)
        if not own and not others:
            own, others = _ask_brands("Your brand"), _ask_brands("A competitor")
    chosen = offers(sources or "none", brands=bool(own or others))
    if asks and sources is None:
        chosen = _ask_sources(brands=bool(own or others))
    settings = settings_from(
        name=called,
        timezone=zone,
        language=tongue,
        brands=brands_from(own, others),
        sources=sources_from(chosen, timezone=zone, language=tongue),
    )
    written = create(folder, settings, force=force)
    if as_json:
        print_json({"written": [str(path) for path in written]})
    else:
        _say_what_next(written, folder, hears=bool(settings.sources))
    if not settings.brands:
        talk().print(
            "No brand is named yet: everything you import is listened to as one stream. "
            "Name one under [[brands]] in config.toml."
        )


def _ask_brands(question: str) -> "list[NamedQuery]":
    from krasae.initialise import default_query
    from listener.errors import QuerySyntaxError
    from listener.query import parse

    found: list[NamedQuery] = []
    while name := typer.prompt(f"{question} (empty: no more)", default="", err=True).strip():
        while True:
            query = typer.prompt("  What finds it", default=default_query(name), err=True)
            try:
                parse(query)
            except QuerySyntaxError as error:
                typer.echo(f"{error}\nOnce more, please.", err=True)
            else:
                found.append((name, query))
                break
    return found


def _ask_sources(*, brands: bool) -> "tuple[Offer, ...]":
    from krasae.initialise import OFFERS, offers
    from listener.errors import InputError

    typer.echo("Sources that need no key (nothing is fetched yet):", err=True)
    for offer in OFFERS:
        if brands or not offer.for_brands:
            typer.echo(f"  {offer.name:<11} {offer.says}", err=True)
    while True:
        try:
            return offers(
                typer.prompt("Which of them: all, none, or names", default="all", err=True),
                brands=brands,
            )
        except InputError as error:
            typer.echo(f"{error}\nOnce more, please.", err=True)


def _say_what_next(written: list[Path], folder: Path, *, hears: bool) -> None:
    for path in written:
        typer.echo(f"Wrote {path}")
    typer.echo("\nNext:")
    if folder.absolute() != Path.cwd():
        typer.echo(f"  cd {folder}")
    if hears:
        typer.echo("  krasae listen --for 5m    # hear the sources now, and see what they say")
        typer.echo("  krasae run                # listen, detect and tell for as long as it runs")
    typer.echo("  krasae import posts.csv   # an export of posts: CSV, JSONL, XLSX or Parquet")
    typer.echo("  krasae process --flush    # read them, count them, look for what is new")
    typer.echo("  krasae alerts             # what a strategist should know")
    if not hears:
        typer.echo("To hear sources, add [[sources]] to config.toml: docs/sources/ says how.")


def _zone_here() -> str:
    """The machine's time zone, where it tells one by name and it is somebody's."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name:
        name = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    return name if "/" in name and not name.startswith("Etc/") else "Asia/Bangkok"


def _language_here() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return "th" if spoken.startswith("th") else "en"
