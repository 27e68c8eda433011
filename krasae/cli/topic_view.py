"""How topics look in a terminal. Imported by commands when they print."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from alerts.digest.sparkline import blocks
from alerts.message import iso
from krasae.cli.alert_view import columns, say
from krasae.topic_report import TopicLine, TopicReport, values
from krasae.topics import Asked
from krasae.workspace import Workspace
from listener.printable import printable
from locales.formats import Formats
from nlp.topic_stage.fits import StoredFit, count_topics
from nlp.topic_stage.reading import Belonging
from nlp.topics.model import NONE

if TYPE_CHECKING:
    from krasae.topic_file import FileTopics, Given

_LABEL = 44  # cells
_SPARK = 12
_EXAMPLES = 2
_EXAMPLE = 150  # characters
_ALL = -1


def print_report(console: Console, report: TopicReport, *, limit: int, sounds: bool) -> None:
    """The topics by their groups: a line of figures each, and what to read first.

    `sounds`: with the shares of negative and positive posts.
    """
    shown = sorted(report.lines, key=lambda line: (-line.size, line.topic.id))
    numbers = {line.topic.id for line in (shown[:limit] if limit else shown)}
    grows = len(report.starts) > 1
    say(console, _head(grows=grows, sounds=sounds))
    group: int | None = _ALL
    for line in report.lines:
        if line.topic.id not in numbers:
            continue
        if line.topic.parent != group:
            group = line.topic.parent
            title = report.groups.get(group, "") if group is not None else "On their own"
            if report.groups:
                say(console, Text(printable(title), "bold cyan"))
        _print_line(console, line, report, grows=grows, sounds=sounds)


def _head(*, grows: bool, sounds: bool) -> Text:
    cells = [("id", -5, "bold"), ("topic", _LABEL, "bold"), ("posts", -7, "bold")]
    cells.append(("share", -6, "bold"))
    if grows:
        cells.append(("trend", _SPARK, "bold"))
    if sounds:
        cells.append(("neg/pos", -8, "bold"))
    return columns(cells)


def _print_line(
    console: Console, line: TopicLine, report: TopicReport, *, grows: bool, sounds: bool
) -> None:
    share = line.size / report.posts if report.posts else 0
    cells = [
        (str(line.topic.id), -5, "dim"),
        (_fitting(printable(line.topic.label)), _LABEL, "bold"),
        (f"{line.size:,}", -7, ""),
        (f"{share:.1%}", -6, ""),
    ]
    if grows:
        cells.append((blocks(line.over_time, _SPARK), _SPARK, "cyan"))
    if sounds:
        cells.append((_sounds(line), -8, ""))
    if line.is_new:
        cells.append(("new", 3, "bold green"))
    say(console, columns(cells))
    for example in line.examples[:_EXAMPLES]:
        number = Text(f"  #{example.number}", "dim")
        say(console, Text(printable(example.text, width=_EXAMPLE)) + number, indent=7)


def _fitting(label: str) -> str:
    while cell_len(label) > _LABEL:
        label = label[:-2].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return label


def _sounds(line: TopicLine) -> str:
    total = sum(line.sentiment.values())
    if not total:
        return ""
    negative, positive = (
        round(100 * line.sentiment.get(name, 0) / total) for name in ("negative", "positive")
    )
    return f"{negative}/{positive} %"


def print_title(
    console: Console, name: str, fit: StoredFit, report: TopicReport, formats: Formats
) -> None:
    """What the topics are of."""
    _title(console, f"{name} since {formats.date(fit.since)}", report, "posts")


def print_file_title(console: Console, found: "FileTopics", report: TopicReport) -> None:
    """What the topics are of."""
    _title(console, str(found.path), report, "texts")


def _title(console: Console, of: str, report: TopicReport, posts: str) -> None:
    without = report.without / report.posts if report.posts else 0
    line = (
        f"{printable(of)}: {len(report.lines)} topics in {report.posts:,} {posts}; "
        f"{without:.0%} of them belong to none."
    )
    say(console, Text(line, "bold"))


def footer(fit: StoredFit, formats: Formats) -> str:
    """When it was fitted."""
    return f"Fitted {formats.moment(fit.at)} on {fit.fitted:,} posts; --refit fits anew."


def unshown(report: TopicReport, limit: int) -> str:
    """How many topics were left out, and how to see them."""
    more = len(report.lines) - limit if limit else 0
    return f"{more} smaller topics are not shown; --limit 0 shows all." if more > 0 else ""


def print_fits(console: Console, workspace: Workspace, fits: Sequence[StoredFit]) -> None:
    """Each brand's latest fit."""
    formats = Formats("en", workspace.settings.workspace.timezone)
    names = {brand.id: brand.name for brand in workspace.settings.brands}
    whole = workspace.settings.workspace.name
    heads = ("brand", "topics", "posts", "new", "gone", "fitted")
    widths = (24, -7, -8, -4, -4, 18)
    say(console, columns([(one, width, "bold") for one, width in zip(heads, widths, strict=True)]))
    for fit in fits:
        churn = fit.churn
        cells = (
            printable(names.get(fit.brand, fit.brand or whole)),
            str(count_topics(workspace.db, fit)),
            f"{fit.mentions:,}",
            str(len(churn.new)) if churn else "",
            str(len(churn.gone)) if churn else "",
            formats.moment(fit.at),
        )
        say(console, columns([(one, width, "") for one, width in zip(cells, widths, strict=True)]))


def fit_values(fit: StoredFit) -> dict[str, Any]:
    """A fit for programs."""
    times = {name: iso(getattr(fit, name)) for name in ("at", "since", "until")}
    return asdict(fit) | times


def brand_values(
    asked: Asked, fit: StoredFit, report: TopicReport, mentions: Sequence[Belonging]
) -> dict[str, Any]:
    """A brand's topics for programs, with the topic of each mention."""
    return {
        "brand": asked.brand,
        "name": asked.name,
        "fit": fit_values(fit),
        **values(report, "mention"),
        "rows": [
            {"mention": one.seq, "topic": one.topic, "similarity": one.similarity}
            for one in mentions
        ],
    }


def file_values(found: "FileTopics", report: TopicReport) -> dict[str, Any]:
    """A file's topics for programs, with the topic of each row; a row's number is from 1."""
    return {
        "file": str(found.path),
        "fit": {"fitted": found.fitted, "outliers": round(found.found.outliers, 4)},
        **values(report, "row"),
        "rows": [_row_values(number, one) for number, one in enumerate(found.assigned, 1)],
    }


def _row_values(number: int, given: "Given | str") -> dict[str, Any]:
    if isinstance(given, str):
        return {"row": number, "topic": None, "similarity": None, "error": given}
    topic, similarity = given
    if topic == NONE:
        return {"row": number, "topic": None, "similarity": None}
    return {"row": number, "topic": topic, "similarity": similarity}
