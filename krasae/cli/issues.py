"""`krasae issues`: the community manager's queue, and what can be done with an issue."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.alerts import Lang, edition_of, one_of
from krasae.cli.options import CONFIG, Config, Json, moment, now_ms

if TYPE_CHECKING:
    from alerts.issue import Action

Id = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; you by default.")]
Note = Annotated[str, typer.Option("--note", help="What to remember about it.")]
Version = Annotated[
    int | None,
    typer.Option("--version", min=1, help="Refuse if the issue is no longer at this version."),
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(
        help="The queue of what needs an answer.", invoke_without_command=True, callback=listing
    )
    for command in (show, ack, assign, resolve, dismiss, reopen):
        group.command()(command)
    app.add_typer(group, name="issues")


def listing(
    context: typer.Context,
    state: Annotated[
        str,
        typer.Option(help="open, all, new, acknowledged, assigned, resolved or dismissed."),
    ] = "open",
    brand: Annotated[str | None, typer.Option(help="A brand's id.")] = None,
    priority: Annotated[
        int | None, typer.Option(min=1, max=5, help="Only this priority, 1 is first.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Opened at this time or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Opened before this time.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As the queue stood at this time.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the most urgent.")] = 20,
    config: Config = CONFIG,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """List the queue, the most urgent first. `krasae issues show ID` shows one in full."""
    if context.invoked_subcommand:
        return
    from alerts import queue
    from alerts.issue import OPEN, IssueState
    from krasae.cli import issue_view
    from krasae.cli.output import data, print_json_lines, talk
    from krasae.workspace import open_workspace

    one_of("state", state, ("open", "all", *IssueState))
    groups = {"open": OPEN, "all": frozenset(IssueState)}
    states = groups.get(state) or frozenset({IssueState(state)})
    with open_workspace(config, read_only=True) as workspace:
        edition = edition_of(workspace, lang)
        timezone = workspace.settings.workspace.timezone
        wanted = queue.Filter(
            states, brand, priority, moment(since, timezone), moment(until, timezone)
        )
        then = moment(at, timezone)
        if then is None:
            issues = queue.listed(workspace.db, wanted, limit=limit)
            total = queue.count(workspace.db, wanted)
        else:
            issues = queue.as_of(workspace.db, then, wanted)
            total, issues = len(issues), issues[:limit]
        found = [(issue, issue_view.headline(workspace.db, issue, edition)) for issue in issues]
    if as_json:
        print_json_lines(issue_view.values(issue, edition) for issue, _ in found)
        return
    issue_view.print_list(data(), found, edition)
    talk().print(issue_view.footer([issue for issue, _ in found], total, state))


def show(issue_id: Id, config: Config = CONFIG, as_json: Json = False, lang: Lang = None) -> None:
    """Show one issue in full: its mentions, and who did what with it."""
    from alerts import queue
    from krasae.cli import issue_view
    from krasae.cli.output import data, print_json
    from krasae.workspace import open_workspace

    with open_workspace(config, read_only=True) as workspace:
        edition = edition_of(workspace, lang)
        issue = queue.one(workspace.db, issue_id)
        mentions = queue.mentions(workspace.db, issue)
        log = queue.log(workspace.db, issue_id)
    if as_json:
        print_json(issue_view.full_values(issue, mentions, log, edition))
    else:
        issue_view.print_full(data(), issue, mentions, log, edition)


def ack(
    issue_id: Id,
    by: By = None,
    note: Note = "",
    version: Version = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Acknowledge an issue: you have seen it and look after it."""
    _act(issue_id, "acknowledge", by, note, version, config, as_json)


def assign(
    issue_id: Id,
    to: Annotated[str, typer.Argument(metavar="NAME", help="Who looks after it from now on.")],
    by: By = None,
    note: Note = "",
    version: Version = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Give an issue to somebody."""
    _act(issue_id, "assign", by, note, version, config, as_json, assignee=to)


def resolve(
    issue_id: Id,
    by: By = None,
    note: Note = "",
    version: Version = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Close an issue that was answered."""
    _act(issue_id, "resolve", by, note, version, config, as_json)


def dismiss(
    issue_id: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why it needs no answer.")],
    by: By = None,
    version: Version = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Close an issue that needs no answer; its near-copies will not come back."""
    _act(issue_id, "dismiss", by, reason, version, config, as_json)


def reopen(
    issue_id: Id,
    by: By = None,
    note: Note = "",
    version: Version = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Put a closed issue back on the queue."""
    _act(issue_id, "reopen", by, note, version, config, as_json)


def _user() -> str:
    user = os.environ.get("USER") or os.environ.get("USERNAME")
    if not user:
        raise typer.BadParameter("who are you? Name yourself with --by NAME.")
    return user


def _act(
    issue_id: int,
    action: "Action | str",
    by: str | None,
    note: str,
    version: int | None,
    config: Any,
    as_json: bool,
    *,
    assignee: str | None = None,
) -> None:
    from alerts import queue
    from alerts.issue import Action
    from krasae.cli import issue_view
    from krasae.cli.output import print_json, talk
    from krasae.workspace import open_workspace

    with open_workspace(config) as workspace:
        edition = edition_of(workspace)
        seen = queue.seen_at(workspace.db, issue_id, version)
        issue = queue.act(
            workspace.db,
            seen,
            Action(action),
            by=by or _user(),
            at=now_ms(),
            assignee=assignee,
            note=note,
        )
    if as_json:
        print_json(issue_view.values(issue, edition))
        return
    to = f" to {issue.assignee}" if issue.state == "assigned" else ""
    talk().print(f"Issue {issue.id}: {seen.state} → {issue.state}{to}.")
