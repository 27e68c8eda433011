"""How a mention that was just heard looks: a line with its brands and sentiment, or JSON.

Imported by commands when they print.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from alerts.message import iso
from krasae.workspace import Workspace
from listener.collect.watch import Event
from listener.model import Mention
from listener.printable import printable
from listener.query import BrandMatcher, Document
from nlp.brands import known_brands
from nlp.enrich import Enricher
from nlp.lessons import taught

_WIDTH = 400
_SENTIMENT = {"negative": ("-", "bold red"), "positive": ("+", "bold green")}


class MentionView:
    """Reads mentions with the workspace's models, and prints them to stdout."""

    def __init__(self, workspace: Workspace, as_json: bool) -> None:
        settings = workspace.settings
        self._as_json = as_json
        self._zone = ZoneInfo(settings.workspace.timezone)
        self._names = {brand.id: brand.name for brand in settings.brands}
        queries = {brand.id: brand.query for brand in settings.brands}
        self._matcher = BrandMatcher(queries, workspace.key)
        self._enricher = Enricher(settings.nlp, taught(workspace.db), known_brands(settings.brands))
        self._key = workspace.key

    def show(self, event: Event) -> tuple[int, int]:
        """Print an event's mentions; how many there are, and how many are of a brand."""
        mentions = event.batch.mentions if event.batch else ()
        meanings = self._enricher.enrich([mention.text for mention in mentions])
        matched = 0
        for mention, meaning in zip(mentions, meanings, strict=True):
            brands = self._brands(mention)
            matched += bool(brands)
            self._print(mention, brands, meaning.sentiment, event.station.name)
        return len(mentions), matched

    def _print(
        self, mention: Mention, brands: tuple[str, ...], sentiment: str, source: str
    ) -> None:
        from krasae.cli.output import data, print_json

        if not self._as_json:
            data().print(self._line(mention, brands, sentiment), soft_wrap=True)
            return
        print_json(_values(mention, brands, sentiment, source))

    def _line(self, mention: Mention, brands: tuple[str, ...], sentiment: str) -> Text:
        moment = datetime.fromtimestamp(mention.published_at / 1000, self._zone)
        mark, style = _SENTIMENT.get(sentiment, ("·", "dim"))
        line = Text.assemble(
            (moment.strftime("%m-%d %H:%M "), "dim"),
            (f"{mark} ", style),
            (f"{printable(mention.platform)} ", "cyan"),
        )
        for brand in brands:
            line.append(f"[{printable(self._names[brand])}] ", "bold magenta")
        line.append(printable(mention.text, width=_WIDTH), "" if brands else "dim")
        if mention.url:
            line.append(f" {printable(mention.url)}", "blue")
        return line

    def _brands(self, mention: Mention) -> tuple[str, ...]:
        author = mention.author
        return self._matcher.match(
            Document(
                text=mention.text,
                platform=mention.platform,
                language=mention.language,
                author_id=self._key.author_id(mention.platform, author) if author else None,
                followers=mention.followers,
                url=mention.url,
                labels=mention.labels,
                kind=mention.kind,
            )
        )


def _values(
    mention: Mention, brands: tuple[str, ...], sentiment: str, source: str
) -> dict[str, Any]:
    return {
        "source": source,
        "platform": mention.platform,
        "id": mention.native_id,
        "published_at": iso(mention.published_at),
        "kind": mention.kind,
        "text": mention.text,
        "url": mention.url,
        "brands": list(brands),
        "sentiment": sentiment,
    }
