"""`krasae search`, `krasae query`: find mentions; try and understand a query."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, moment

if TYPE_CHECKING:
    from krasae.workspace import Workspace
    from listener.candidates import Scope

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="QUERY",
        help="Words, or the query language between quotation marks for your shell: "
        "'(\"bar b q\" OR บาร์บีคิว) -giveaway'. If it begins with a minus, write -- before it.",
    ),
]
Brand = Annotated[str | None, typer.Option(help="Only mentions of this brand; its id.")]
Platform = Annotated[str | None, typer.Option(help="Only from this platform.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Published at this time or later.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Published before this time.")]
_SENTIMENTS = ("negative", "neutral", "positive")
_INTENTS = ("question", "purchase", "complaint", "praise", "promotion", "other")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(search)
    group = typer.Typer(help="Try a query, and see how it is understood.", no_args_is_help=True)
    group.command()(test)
    group.command()(explain)
    app.add_typer(group, name="query")


def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY",
            help="Words, or the query language between quotation marks; all when left out.",
        ),
    ] = None,
    brand: Brand = None,
    lang: Annotated[
        str | None, typer.Option(help="Only in this language: th, en, mixed, other or und.")
    ] = None,
    platform: Platform = None,
    source: Annotated[str | None, typer.Option(help="Only from this source.")] = None,
    sentiment: Annotated[
        str | None, typer.Option(help="Only negative, neutral or positive ones.")
    ] = None,
    intent: Annotated[
        str | None, typer.Option(help="Only with this intent, such as question or complaint.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 20,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Find mentions, the newest first."""
    from krasae.cli import search_view
    from krasae.cli.output import data, print_json_lines, talk
    from krasae.workspace import open_workspace
    from listener import search as room
    from listener.query.builder import LANGUAGES

    if lang is not None and lang not in LANGUAGES:
        raise typer.BadParameter(f"--lang is one of {', '.join(LANGUAGES)}, not {lang!r}.")
    _one_of("sentiment", sentiment, _SENTIMENTS)
    _one_of("intent", intent, _INTENTS)
    with open_workspace(config, read_only=True) as workspace:
        timezone = workspace.settings.workspace.timezone
        scope = replace(
            _scope(workspace, brand, platform, since, until),
            source=source,
            sentiment=sentiment,
            intent=intent,
        )
        found = room.search(
            workspace.db,
            " ".join(query or ()),
            key=workspace.key,
            scope=scope,
            language=lang,
            limit=limit,
        )
    if as_json:
        print_json_lines(search_view.values(hit) for hit in found.hits)
        return
    search_view.print_hits(data(), found.hits, timezone)
    talk().print(search_view.footer(found), soft_wrap=True)


def test(
    query: Words,
    samples: Annotated[int, typer.Option(min=0, help="How many mentions to show.")] = 10,
    brand: Brand = None,
    platform: Platform = None,
    since: Since = None,
    until: Until = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Count what a query finds in the whole store, with samples from all of its time."""
    from krasae.cli import search_view
    from krasae.cli.output import data, print_json
    from krasae.workspace import open_workspace
    from listener import search as room

    with open_workspace(config, read_only=True) as workspace:
        timezone = workspace.settings.workspace.timezone
        counted = room.survey(
            workspace.db,
            " ".join(query),
            key=workspace.key,
            scope=_scope(workspace, brand, platform, since, until),
            samples=samples,
        )
    if as_json:
        print_json(search_view.survey_values(counted))
    else:
        search_view.print_survey(data(), counted, timezone)


def explain(query: Words, as_json: Json = False) -> None:
    """Show how a query is read, and what the index and each platform are asked for it."""
    from krasae.cli import explain_view
    from krasae.cli.output import data, print_json
    from listener.query import parse

    node = parse(" ".join(query))
    if as_json:
        print_json(explain_view.explained_values(node))
    else:
        explain_view.print_explained(data(), node)


def _one_of(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise typer.BadParameter(f"--{name} is one of {', '.join(choices)}, not {value!r}.")


def _scope(
    workspace: "Workspace",
    brand: str | None,
    platform: str | None,
    since: str | None,
    until: str | None,
) -> "Scope":
    from listener.candidates import Scope
    from listener.errors import NotFoundError

    brands = [known.id for known in workspace.settings.brands]
    if brand is not None and brand not in brands:
        raise NotFoundError(
            f"There is no brand {brand!r} in the configuration.",
            remedy=f"There are: {', '.join(brands) or 'none'}.",
        )
    timezone = workspace.settings.workspace.timezone
    return Scope(brand, platform, moment(since, timezone), moment(until, timezone))
