"""Saying of the rows of a file what their texts mean: the same rows, in the same order.

Memory does not grow with the file: rows are taken in batches, and of what is needed to know a
copy, at most WINDOW rows are remembered.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from krasae.texts import Taken, TextColumn
from listener.importers.rows import Refusal, Row, Table
from nlp.copies import CopyFinder
from nlp.enrich import Enricher
from nlp.model import Enrichment

_LONGEST_ID = 256  # characters: it is remembered with its row
WINDOW = 50_000
"""How many rows back an original may lie of which a row is a copy."""

COLUMNS = (
    "language",
    "sentiment",
    "sentiment_probability",
    "intent",
    "aspects",
    "entities",
    "duplicate_of",
)
LABEL_SETS = ("krasae", "wisesight")

_WISESIGHT = {"negative": "neg", "neutral": "neu", "positive": "pos"}
_ASKS = 0.5  # times as likely as a statement: a rare class, weighed as the Thai model weighs it


class RowClassifier:
    """Classifies the rows of one file; `rows`, `errors` and `copies` count meanwhile."""

    def __init__(self, enricher: Enricher, *, text_column: str = "text", labels: str = "krasae"):
        self._enricher = enricher
        self._texts = TextColumn(text_column, ours=COLUMNS)
        self._labels = labels
        self._copies: CopyFinder[int | str] = CopyFinder(window=WINDOW, most=WINDOW)
        self.rows = 0
        self.copies = 0

    @property
    def errors(self) -> Counter[str]:
        """How many rows have an error, by the reason's code."""
        return self._texts.errors

    def classified(self, table: Table) -> Iterator[list[Row]]:
        """The rows of a table with our columns, in batches.

        Raises InputError when the table, or every row of its beginning, lacks the text.
        """
        for batch in self._texts.batches(table):
            yield self._batch(batch, table.columns)

    def _batch(self, taken: Sequence[Taken], columns: Sequence[str]) -> list[Row]:
        numbered = list(enumerate(taken, self.rows + 1))
        self.rows += len(taken)
        text_of = self._texts.text
        texts = {number: text for number, one in numbered if (text := text_of(one)) is not None}
        clean, tokens = self._enricher.tokens(list(texts.values()))
        meanings = self._enricher.enrich_tokens(clean, tokens)
        rows = dict(numbered)
        names = [_name(number, rows[number]) for number in texts]
        originals = self._copies.originals(names, tokens, list(texts))
        self.copies += sum(original is not None for original in originals)
        said = {
            number: self._columns(meaning, original)
            for number, meaning, original in zip(texts, meanings, originals, strict=True)
        }
        return [
            self._texts.refused(one, columns)
            if isinstance(one, Refusal) or number not in said
            else self._texts.given(one[1]) | said[number]
            for number, one in numbered
        ]

    def _columns(self, meaning: Enrichment, original: int | str | None) -> Row:
        values = (
            meaning.language,
            meaning.sentiment if self._labels == "krasae" else _wisesight(meaning),
            meaning.sentiment_probability,
            meaning.intent,
            {aspect.name: aspect.sentiment for aspect in meaning.aspects},
            [{"name": entity.name, "kind": entity.kind} for entity in meaning.entities],
            original,
        )
        return dict(zip(COLUMNS, values, strict=True))


def _wisesight(meaning: Enrichment) -> str:
    statement = meaning.sentiment_probability - meaning.question
    if meaning.sentiment == "neutral" and meaning.question > _ASKS * statement:
        return "q"
    return _WISESIGHT[meaning.sentiment]


def _name(number: int, taken: Any) -> int | str:
    """By what a row is named in `duplicate_of`: its id, or its number among the rows."""
    name = taken[1].get("id")
    is_id = type(name) is int or (type(name) is str and 0 < len(name) <= _LONGEST_ID)
    return name if is_id else number
