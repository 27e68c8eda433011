"""`krasae erase`, `krasae expire`: take people's posts out again."""

from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.erase import Erased


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(erase)
    app.command()(expire)


def erase(
    author: Annotated[
        str | None, typer.Option(help="PLATFORM:AUTHOR, as the platform names the author.")
    ] = None,
    mention: Annotated[
        str | None, typer.Option(help="PLATFORM:ID, as the platform numbers the post.")
    ] = None,
    config: Config = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Erase an author's posts, or one post, for good.

    From the database, its index, and written digests.
    """
    from krasae.erase import erase as erase_everywhere
    from krasae.workspace import open_workspace
    from listener.errors import NotFoundError
    from listener.store.erase import seqs_of_author, seqs_of_mention

    if (author is None) == (mention is None):
        raise typer.BadParameter("give either --author PLATFORM:AUTHOR or --mention PLATFORM:ID")
    with open_workspace(config) as workspace:
        platform, name = _split(author or mention or "")
        authors: list[int] = []
        if author is not None:
            authors = [workspace.key.author_id(platform, name)]
            seqs = seqs_of_author(workspace.db, authors[0])
        else:
            seqs = seqs_of_mention(workspace.db, platform, name)
        if not seqs:
            raise NotFoundError(
                "Nothing of that author is stored." if author else "That post is not stored.",
                remedy="Check the platform's name and the id; both are case-sensitive.",
            )
        if not yes:
            typer.confirm(f"Erase {len(seqs)} post(s) for good?", abort=True, err=True)
        _report(erase_everywhere(workspace, seqs, authors=authors, now=now_ms()), as_json)


def expire(config: Config = CONFIG, as_json: Json = False) -> None:
    """Erase what is older than the [retention] settings allow."""
    from krasae.erase import expire as expire_everywhere
    from krasae.workspace import open_workspace

    with open_workspace(config) as workspace:
        _report(expire_everywhere(workspace, now=now_ms()), as_json)


def _split(text: str) -> tuple[str, str]:
    platform, colon, name = text.partition(":")
    if not (platform and colon and name):
        raise typer.BadParameter(f"{text!r} is not of the form PLATFORM:ID, such as x:12345")
    return platform, name


def _report(erased: "Erased", as_json: bool) -> None:
    from krasae.cli.output import print_json, talk

    if as_json:
        print_json({"mentions": erased.mentions, "files": [str(path) for path in erased.files]})
        return
    talk().print(f"Posts erased: {erased.mentions:,}.")
    for path in erased.files:
        talk().print(f"Deleted {path}, which quoted them; `krasae digest` makes it anew.")
