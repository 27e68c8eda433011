"""What a query looks at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One mention as the query language sees it. What is unknown is None.

    `language` is what the enrichment found, or else what the platform said; `author_id`
    is the keyed hash of the store; `followers` are those of the author at the time.
    """

    text: str
    platform: str = ""
    language: str | None = None
    author_id: int | None = None
    followers: int | None = None
    url: str | None = None
    labels: tuple[str, ...] = ()
    kind: str = "post"
