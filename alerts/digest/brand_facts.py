"""Share of voice, sentiment and questions: counted from the mentions themselves.

Not from the counts per bucket, which leave out what came late: a figure must equal the
number of rows that its command lists.
"""

from collections import defaultdict
from collections.abc import Sequence

import orjson
from sqlite_utils import Database

from alerts.digest.commands import Commands, listed
from alerts.digest.day import Day
from alerts.digest.model import BrandFacts, Said
from alerts.digest.quotes import Quotes
from alerts.reading import Reading
from listener.settings import BrandSettings

# Without brands in the settings the whole stream is counted as one without a name.
_OF_BRANDS = "brand_matches ON brand_matches.mention_seq = seq"
_OF_ALL = "(SELECT '' AS brand)"


def _counts(matched: str) -> str:
    return f"""
        SELECT brand, published_at >= :start, count(*), sum(sentiment = 'positive'),
            sum(sentiment = 'negative'), sum(intent = 'question')
        FROM mentions JOIN enrichments ON enrichments.mention_seq = seq JOIN {matched}
        WHERE published_at >= :usual_start AND published_at < :end AND deleted_at IS NULL
        GROUP BY 1, 2
        """


def _questions(matched: str) -> str:
    return f"""
        SELECT DISTINCT seq
        FROM mentions JOIN enrichments ON enrichments.mention_seq = seq JOIN {matched}
        WHERE published_at >= :start AND published_at < :end AND deleted_at IS NULL
            AND intent = 'question' AND kind <> 'repost'
            AND brand IN (SELECT value FROM json_each(:brands))
        ORDER BY coalesce(followers, 0) DESC, published_at, seq LIMIT 20
        """


def brand_facts(
    db: Database, day: Day, brands: Sequence[BrandSettings], commands: Commands
) -> tuple[BrandFacts, ...]:
    """All brands in the order of the settings, those without a mention too."""
    counts: dict[tuple[str, bool], Sequence[int]] = defaultdict(lambda: (0, 0, 0, 0))
    times = {"start": day.start, "end": day.end, "usual_start": day.usual_start}
    for brand, today, *counted in db.execute(_counts(_OF_BRANDS if brands else _OF_ALL), times):
        counts[brand, bool(today)] = counted

    def said(brand: str, *, today: bool) -> Said:
        since, until = (day.start, day.end) if today else (day.usual_start, day.start)
        lists = (
            commands.mentions(since, until, brand=brand),
            commands.mentions(since, until, brand=brand, sentiment="positive"),
            commands.mentions(since, until, brand=brand, sentiment="negative"),
            commands.mentions(since, until, brand=brand, intent="question"),
        )
        return Said(*(listed(*pair) for pair in zip(counts[brand, today], lists, strict=True)))

    known = [(brand.id, brand.name, brand.own) for brand in brands] or [("", "", True)]
    return tuple(
        BrandFacts(id_, name, own, said(id_, today=True), said(id_, today=False))
        for id_, name, own in known
    )


def questions_to_read(
    db: Database, day: Day, brands: Sequence[str], quotes: Quotes
) -> tuple[Reading, ...]:
    """Two questions about these brands (none: about anything), of the most followed authors."""
    parameters = {
        "start": day.start,
        "end": day.end,
        "brands": orjson.dumps(list(brands) or [""]).decode(),
    }
    rows = db.execute(_questions(_OF_BRANDS if brands else _OF_ALL), parameters)
    return quotes.first([row[0] for row in rows], 2)
