"""How hits look in a terminal and as JSON. Imported when they print."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from listener.printable import printable
from listener.query.snippet import Piece
from listener.search import Hit, SearchResult, Survey
from locales.formats import Formats

_FOUND = "bold yellow"
_SENTIMENT = {"negative": "red", "positive": "green"}


def values(hit: Hit) -> dict[str, Any]:
    """A hit for programs: all of it, `spans` being the places of the words in `text`."""
    known = asdict(hit)
    del known["pieces"]
    snippet = "".join(text for text, _ in hit.pieces)
    return known | {"published_at": _iso(hit.published_at), "snippet": snippet}


def print_hits(console: Console, hits: Sequence[Hit], timezone: str) -> None:
    """A hit: what is known of it, the text around the words found, and where to read it."""
    formats = Formats("en", timezone)
    for hit in hits:
        say(console, _byline(hit, formats))
        say(console, highlighted(hit.pieces), indent=2)
        if hit.url:
            say(console, Text(printable(hit.url), "dim"), indent=2)


def footer(found: SearchResult) -> str:
    """How many were found, and what to do to see more."""
    if not found.hits:
        line = "Nothing found."
    elif found.more:
        line = f"The newest {len(found.hits)}; --limit shows more."
    else:
        line = f"{len(found.hits)} found."
    if found.waiting:
        line += (
            f" Not indexed yet: {found.waiting:,}, which were searched too, but slowly;"
            " `krasae process` indexes them."
        )
    return line


def highlighted(pieces: Sequence[Piece]) -> Text:
    """The snippet as one line, safe to print."""
    line = Text()
    for text, found in pieces:
        before = " " if text[:1].isspace() and line and not line.plain.endswith(" ") else ""
        after = " " if text[-1:].isspace() and text.strip() else ""
        line.append(before + printable(text) + after, _FOUND if found else "")
    line.rstrip()
    return line


def survey_values(counted: Survey) -> dict[str, Any]:
    """A survey for programs."""
    return asdict(counted) | {
        "first": None if counted.first is None else _iso(counted.first),
        "last": None if counted.last is None else _iso(counted.last),
        "samples": [values(hit) for hit in counted.samples],
    }


def print_survey(console: Console, counted: Survey, timezone: str) -> None:
    """The counts, then the samples."""
    formats = Formats("en", timezone)
    share = f" ({100 * counted.found / counted.read:.2f} %)" if counted.read else ""
    say(console, Text(f"{counted.found:,} of {counted.read:,} mentions{share}", "bold"))
    if counted.first is None or counted.last is None:
        return
    say(console, Text(f"from {formats.moment(counted.first)} to {formats.moment(counted.last)}"))
    say(console, Text(f"platforms: {_counts(counted.platforms)}"))
    say(console, Text(f"languages: {_counts(counted.languages)}"))
    if counted.samples:
        say(console, Text(""))
        say(console, Text(f"{len(counted.samples)} of them, from the newest to the oldest:"))
        print_hits(console, counted.samples, timezone)


def say(console: Console, line: Text, *, indent: int = 0) -> None:
    """A line; a terminal wraps it under its indent, a pipe never does."""
    if console.is_terminal:
        console.print(Padding(line, (0, 0, 0, indent), expand=False))
    else:
        console.print(Text(" " * indent) + line, soft_wrap=True)


def _byline(hit: Hit, formats: Formats) -> Text:
    parts = [
        Text(formats.moment(hit.published_at), "bold"),
        Text(printable(hit.platform)),
    ]
    if hit.kind != "post":
        parts.append(Text(hit.kind))
    if hit.followers is not None:
        parts.append(Text(f"{formats.compact(hit.followers)} followers"))
    if hit.sentiment is not None:
        parts.append(Text(hit.sentiment, _SENTIMENT.get(hit.sentiment, "")))
    if hit.language is not None:
        parts.append(Text(printable(hit.language)))
    parts += [Text(brand, "cyan") for brand in hit.brands]
    parts.append(Text(f"#{hit.seq}", "dim"))
    if not hit.url:
        parts.append(Text(f"id {printable(hit.native_id)}", "dim"))
    return Text("  ").join(parts)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{printable(name)} {count:,}" for name, count in counts.items())


def _iso(at: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).isoformat()
