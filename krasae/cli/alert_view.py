"""How alerts look in a terminal and as JSON. Imported by commands when they print."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text
from sqlite_utils import Database

from alerts import outbox, reading, records
from alerts.alert import Alert
from alerts.digest.commands import Commands
from alerts.digest.sparkline import blocks
from alerts.explanation import Background
from alerts.message import (
    KIND_NAMES,
    LABEL_NAMES,
    STATE_NAMES,
    Edition,
    alert_values,
    byline,
    coverage,
    facts,
    iso,
    observed_name,
    outage_facts,
    outage_values,
    reading_values,
    source_values,
)
from listener.printable import printable
from locales import marked
from trends.model import EventState, Outage, SignalKind

_SPARK = 12


@dataclass(frozen=True, slots=True)
class Full:
    """Everything about one alert."""

    alert: Alert
    raised: Alert
    mentions: list[reading.Reading]
    sources: list[reading.SourceHeard]
    turns: list[records.Turn]
    messages: list[outbox.Sent]
    issue: int | None
    background: Background
    outage: Outage | None = None
    had_later: bool = False
    topic: tuple[int, str] | None = None


def load(db: Database, alert_id: int, *, at: int | None = None) -> Full:
    """Gather an alert and all that lies behind it. Raises NotFoundError.

    With `at` (UTC ms), as it was known then: without what was found, sent or done later. The
    mentions' words and the sources' gaps are those that the store holds today.
    """
    alert = records.one(db, alert_id)
    if at is not None:
        return _as_known(db, alert, at - 1)  # as in the list: what was known before then
    issue = db.execute("SELECT id FROM issues WHERE alert_id = ?", [alert_id]).fetchone()
    outage = reading.outage_of(db, alert.event)
    return Full(
        alert=alert,
        raised=records.as_raised(db, alert),
        mentions=reading.read_first(db, alert_id),
        sources=reading.sources_heard(db, alert.window_start, alert.window_end),
        turns=records.life(db, alert),
        messages=outbox.sent(db, alert_id),
        issue=issue[0] if issue else None,
        background=reading.background(db, alert),
        outage=outage,
        had_later=outage is not None and reading.had_later(db, outage),
        topic=reading.leading_topic(db, alert_id, alert.brand),
    )


def _as_known(db: Database, today: Alert, at: int) -> Full:
    alert = records.as_known(db, today, at)
    issue = db.execute(
        "SELECT id FROM issues WHERE alert_id = ? AND opened_at <= ?", [today.id, at]
    ).fetchone()
    sent = outbox.sent(db, today.id or 0)
    return Full(
        alert=alert,
        raised=records.as_raised(db, today),
        mentions=reading.read_first_of(db, alert),
        sources=reading.sources_heard(db, alert.window_start, alert.window_end),
        turns=[turn for turn in records.life(db, today) if turn.at <= at],
        messages=[one for one in sent if one.settled_at is not None and one.settled_at <= at],
        issue=issue[0] if issue else None,
        background=reading.background(db, alert),
    )


def severity_style(severity: int) -> str:
    """Red from 7, yellow from 4."""
    return "bold red" if severity >= 7 else "yellow" if severity >= 4 else ""


def say(console: Console, line: Text | str = "", *, indent: int = 0) -> None:
    """Print a line; in a terminal it wraps at words under its indent, in a pipe it never does."""
    text = Text(line) if isinstance(line, str) else line
    if not console.is_terminal:
        console.print(Text(" " * indent) + text, soft_wrap=True)
        return
    for part in text.wrap(console, max(20, console.width - indent)):
        part.rstrip()
        console.print(Text(" " * indent) + part, soft_wrap=True)


def columns(cells: Sequence[tuple[str, int, str]]) -> Text:
    """One line of (text, width, style); a negative width aligns to the right."""
    line = Text()
    for text, width, style in cells:
        cell = set_cell_size(text, abs(width)) if width > 0 else text.rjust(-width)
        line.append(cell, style)
        line.append("  ")
    line.rstrip()
    return line


def print_list(console: Console, alerts: Sequence[Alert], edition: Edition) -> None:
    """Two lines an alert: its figures in columns, and its subject."""
    _, formats = edition.texts.gettext, edition.formats
    if not alerts:
        return
    head = ["id", _("sev."), _("kind"), _("raised"), _("state")]
    head += [_("seen/usual"), _("authors"), _("trend")]
    widths = [-5, -5, 12, 21, 11, -11, -7, _SPARK]
    say(console, columns([(n, w, "bold") for n, w in zip(head, widths, strict=True)]))
    for alert in alerts:
        severity = alert.peak_severity
        cells = [
            str(alert.id),
            str(severity),
            _(KIND_NAMES[alert.kind]),
            formats.moment(alert.detected_at),
            _(STATE_NAMES[alert.state]),
            f"{formats.compact(alert.observed)}/{formats.number(alert.expected, 1)}",
            formats.compact(alert.unique_authors),
            blocks(alert.history, _SPARK),
        ]
        styles = ["", severity_style(severity), "bold", "", "", "", "", "cyan"]
        over = alert.state is EventState.CLOSED
        line = columns(list(zip(cells, widths, styles, strict=True)))
        if over:
            line.stylize("dim")
        say(console, line)
        say(console, edition.subject(alert), indent=7)


def footer(alerts: Sequence[Alert], total: int, *, open_only: bool) -> str:
    """What was listed, and what to type next."""
    which = "open alerts" if open_only else "alerts"
    if not alerts:
        more = " `krasae alerts --state all` lists those that are over." if open_only else ""
        return f"No {which}.{more}"
    more = "" if len(alerts) == total else " --limit shows more."
    ended = " --state all shows those that are over, too." if open_only else ""
    return (
        f"{len(alerts)} of {total} {which}.{more}{ended} "
        f"`krasae alerts show {alerts[0].id}` shows the first in full."
    )


def print_full(console: Console, full: Full, edition: Edition) -> None:
    """One alert, from what it says to the rows behind it."""
    _, formats, alert = edition.texts.gettext, edition.formats, full.alert
    title = _("Alert {id}").format(id=alert.id)
    say(console, Text(f"{title}  {edition.subject(alert)}", severity_style(alert.peak_severity)))
    explained = edition.explanation(alert, full.background)
    if explained:
        say(console, explained, indent=2)
    say(console)
    if full.outage is None:
        table = [*facts(alert, edition), (_("Trend"), blocks(alert.history, 60))]
    else:
        table = outage_facts(alert, full.outage, edition, had_later=full.had_later)
    if full.topic is not None:
        table.append((_("Topic"), printable(full.topic[1])))
    if full.issue is not None:
        table.append((_("Issue"), f"krasae issues show {full.issue}"))
    if alert.label:
        table.append((_("Label"), _(LABEL_NAMES[alert.label])))
    print_table(console, table)
    if full.outage is None:
        heading(console, _("Read first"))
        print_mentions(console, full.mentions, edition)
    heading(console, _("Sources in this window"))
    say(console, coverage(full.sources, edition), indent=2)
    heading(console, _("Life cycle"))
    for turn in full.turns:
        line = _("{moment}  {state}, severity {severity}: {observed} seen, {expected} usual")
        say(
            console,
            line.format(
                moment=formats.moment(turn.at),
                state=_(STATE_NAMES[turn.state]),
                severity=turn.severity,
                observed=formats.number(turn.observed),
                expected=formats.number(turn.expected, 1),
            ),
            indent=2,
        )
    if full.messages:
        heading(console, _("Messages"))
        for sent in full.messages:
            say(console, _message_line(sent, edition), indent=2)
    heading(console, _("The rows behind this"))
    print_table(console, behind(alert, edition))


def behind(alert: Alert, edition: Edition) -> list[tuple[str, str]]:
    """The commands that list the rows behind an alert's figures."""
    _ = edition.texts.gettext
    if alert.kind is SignalKind.COVERAGE:
        return [
            (_("The ledger of sources"), "krasae sources"),
            (_("Its mentions in the window"), window_command(alert, edition)),
        ]
    return [
        (observed_name(alert, edition), f"krasae alerts rows {alert.id}"),
        (_("All mentions in the window"), window_command(alert, edition)),
    ]


def window_command(alert: Alert, edition: Edition) -> str:
    """The command that lists all mentions in an alert's window: a brand's, or a source's."""
    of = {"source": alert.series} if alert.kind is SignalKind.COVERAGE else {"brand": alert.brand}
    return Commands(edition.timezone).mentions(alert.window_start, alert.window_end, **of)


def print_mentions(console: Console, mentions: Sequence[reading.Reading], edition: Edition) -> None:
    """Mentions one after the other, each with where, when, how far, and its permalink."""
    for number, mention in enumerate(mentions, 1):
        head = f"{number:>2}. "
        say(console, Text(head) + Text(printable(mention.text)), indent=1)
        say(console, Text(byline(mention, edition), "dim"), indent=5)


_MESSAGE_NAMES = {
    "open": marked("first message"),
    "update": marked("update"),
    "close": marked("close"),
}
_MESSAGE_STATES = {
    "pending": marked("waits, next try {moment}"),
    "sent": marked("sent {moment}"),
    "condensed": marked("told in the message after it"),
    "skipped": marked("not sent: it was history when it was found"),
    "given_up": marked("given up {moment}"),
}


def _message_line(sent: outbox.Sent, edition: Edition) -> str:
    _ = edition.texts.gettext
    moment = edition.formats.moment(sent.settled_at or sent.next_try)
    state = _(_MESSAGE_STATES[sent.state]).format(moment=moment)
    line = f"{sent.channel}: {_(_MESSAGE_NAMES[sent.what])}, {state}"
    return f"{line} ({printable(sent.last_error)})" if sent.last_error else line


def heading(console: Console, title: str) -> None:
    """A title over a part, after an empty line."""
    say(console)
    say(console, Text(title, "bold"))


def print_table(console: Console, rows: Sequence[tuple[str, str]]) -> None:
    """Names and values, aligned; values wrap under themselves in a terminal."""
    from rich.cells import cell_len

    width = max(cell_len(name) for name, _ in rows) + 2
    for name, value in rows:
        lines = [Text(value)]
        if console.is_terminal:
            lines = list(Text(value).wrap(console, max(20, console.width - width - 2)))
        for number, line in enumerate(lines):
            line.rstrip()
            label = set_cell_size(name if number == 0 else "", width)
            console.print(Text.assemble("  ", (label, "dim"), line), soft_wrap=True)


def full_values(full: Full, edition: Edition) -> dict[str, Any]:
    """One alert in full, for programs."""
    raised = alert_values(full.raised, edition)
    return {
        **alert_values(full.alert, edition),
        "explanation": edition.explanation(full.alert, full.background),
        "issue": full.issue,
        "topic": {"id": full.topic[0], "label": full.topic[1]} if full.topic else None,
        "as_raised": {name: raised[name] for name in ("subject", "severity", *_RAISED)},
        "read_first": [reading_values(mention) for mention in full.mentions],
        "sources": [source_values(source) for source in full.sources],
        **({"outage": outage_values(full.outage, had_later=full.had_later)} if full.outage else {}),
        "life": [asdict(turn) | {"at": iso(turn.at)} for turn in full.turns],
        "messages": [
            asdict(sent)
            | {
                "next_try": iso(sent.next_try),
                "settled_at": sent.settled_at and iso(sent.settled_at),
            }
            for sent in full.messages
        ],
        "rows": [command for _, command in behind(full.alert, edition)],
    }


_RAISED = ("window_start", "window_end", "observed", "expected", "lower", "upper", "terms")
