"""How issues look in a terminal and as JSON. Imported by commands when they print."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text
from sqlite_utils import Database

from alerts import queue, records
from alerts.alert import risk_name
from alerts.issue import Issue, allowed
from alerts.message import Edition, iso, reading_values
from alerts.queue import Entry
from alerts.reading import Reading
from krasae.cli.alert_view import columns, heading, print_mentions, print_table, say
from listener.printable import printable
from locales import marked

_STATES = {
    "new": marked("new"),
    "acknowledged": marked("acknowledged"),
    "assigned": marked("assigned"),
    "resolved": marked("resolved"),
    "dismissed": marked("dismissed"),
}
_REASONS = {
    "alert": marked("risk alert"),
    "risk": marked("risk"),
    "negative": marked("negative, with reach"),
}
_STYLES = {1: "bold red", 2: "red", 3: "yellow"}
_SHOWN_MENTIONS = 10
_QUOTE = 180  # characters
_WIDTHS = [-5, -4, 13, 14, 21, -9, -7, 20]


def why(issue: Issue, edition: Edition) -> str:
    """Why an issue was opened, and about which risks."""
    _ = edition.texts.gettext
    risks = ", ".join(risk_name(risk, edition.texts) for risk in issue.risks)
    if issue.reason == "risk" and risks:
        return risks
    reason = _(_REASONS.get(issue.reason, issue.reason))
    return f"{reason}: {risks}" if risks else reason


def headline(db: Database, issue: Issue, edition: Edition) -> str:
    """An issue in one line: its alert's subject, or its mention with the furthest reach."""
    if issue.alert_id is not None:
        return edition.subject(records.one(db, issue.alert_id))
    mentions = queue.mentions(db, issue, limit=1)
    return printable(mentions[0].text, width=_QUOTE) if mentions else _gone(edition)


def _gone(edition: Edition) -> str:
    return edition.texts.gettext("(its mentions were deleted)")


def print_list(console: Console, issues: Sequence[tuple[Issue, str]], edition: Edition) -> None:
    """Two lines an issue: its figures in columns, and its headline."""
    _, formats = edition.texts.gettext, edition.formats
    if not issues:
        return
    head = ["id", _("prio"), _("state"), _("brand"), _("latest")]
    head += [_("mentions"), _("reach"), _("why")]
    say(console, columns([(n, w, "bold") for n, w in zip(head, _WIDTHS, strict=True)]))
    for issue, line in issues:
        cells = [
            str(issue.id),
            str(issue.priority),
            _(_STATES[issue.state]),
            printable(edition.brand(issue.brand), width=14),
            formats.moment(issue.latest_at),
            formats.number(issue.mentions),
            formats.compact(issue.reach),
            why(issue, edition),
        ]
        styles = ["", _STYLES.get(issue.priority, ""), "", "bold", "", "", "", ""]
        say(console, columns(list(zip(cells, _WIDTHS, styles, strict=True))))
        say(console, line, indent=7)


def footer(issues: Sequence[Issue], total: int, state: str) -> str:
    """What was listed, and what to type next."""
    if not issues:
        return f"No {'' if state == 'all' else state + ' '}issues."
    more = "" if len(issues) == total else " --limit shows more."
    first = issues[0].id
    return (
        f"{len(issues)} of {total} {'' if state == 'all' else state + ' '}issues, the most urgent "
        f"first.{more} `krasae issues show {first}` shows the first in full."
    )


def print_full(
    console: Console,
    issue: Issue,
    mentions: Sequence[Reading],
    log: Sequence[Entry],
    edition: Edition,
) -> None:
    """One issue in full, and what can be done with it."""
    _, formats = edition.texts.gettext, edition.formats
    title = _("Issue {id}  {brand}: {why}").format(
        id=issue.id, brand=printable(edition.brand(issue.brand)), why=why(issue, edition)
    )
    say(console, Text(title, _STYLES.get(issue.priority, "bold")))
    say(console)
    state = _(_STATES[issue.state])
    if issue.assignee:
        state = _("{state}, with {name}").format(state=state, name=printable(issue.assignee))
    table = [
        (_("State"), state),
        (_("Priority"), _("{priority} of 5, 1 is first").format(priority=issue.priority)),
        (_("Opened"), formats.moment(issue.opened_at)),
        (_("Latest"), formats.moment(issue.latest_at)),
        (_("Mentions"), formats.number(issue.mentions)),
        (_("Reach"), _("{reach} followers").format(reach=formats.compact(issue.reach))),
        (_("Negative"), formats.percent(issue.probability)),
    ]
    if issue.alert_id is not None:
        table.append((_("Alert"), f"krasae alerts show {issue.alert_id}"))
    print_table(console, table)
    heading(console, _("Mentions"))
    print_mentions(console, mentions[:_SHOWN_MENTIONS], edition)
    if len(mentions) > _SHOWN_MENTIONS:
        say(console, _("and {n} more").format(n=len(mentions) - _SHOWN_MENTIONS), indent=5)
    if not mentions:
        say(console, Text(_gone(edition), "dim"), indent=2)
    if log:
        heading(console, _("What was done"))
        for entry in log:
            say(console, _log_line(entry, edition), indent=2)
    heading(console, _("What can be done"))
    for action in allowed(issue.state):
        say(console, _COMMANDS[action].format(id=issue.id), indent=2)


_COMMANDS = {
    "acknowledge": "krasae issues ack {id}",
    "assign": "krasae issues assign {id} NAME",
    "resolve": "krasae issues resolve {id} --note '...'",
    "dismiss": "krasae issues dismiss {id} --reason '...'",
    "reopen": "krasae issues reopen {id}",
}


def _log_line(entry: Entry, edition: Edition) -> str:
    _ = edition.texts.gettext
    line = f"{edition.formats.moment(entry.at)}  {printable(entry.who)}: "
    line += f"{_(_STATES[entry.from_state])} → {_(_STATES[entry.to_state])}"
    if entry.to_state == "assigned" and entry.assignee:
        line += f" ({printable(entry.assignee)})"
    return f"{line}. {printable(entry.note)}" if entry.note else line


def values(issue: Issue, edition: Edition) -> dict[str, Any]:
    """An issue for programs."""
    return asdict(issue) | {
        "brand_name": edition.brand(issue.brand),
        "opened_at": iso(issue.opened_at),
        "latest_at": iso(issue.latest_at),
        "closed_at": issue.closed_at and iso(issue.closed_at),
        "allowed": [str(action) for action in allowed(issue.state)],
    }


def full_values(
    issue: Issue, mentions: Sequence[Reading], log: Sequence[Entry], edition: Edition
) -> dict[str, Any]:
    """One issue in full, for programs."""
    return {
        **values(issue, edition),
        "mentions_to_read": [reading_values(mention) for mention in mentions],
        "log": [asdict(entry) | {"at": iso(entry.at)} for entry in log],
    }
