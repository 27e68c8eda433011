"""Saying of the rows of a file what their texts mean: the same rows, in the same order.

Memory does not grow with the file: rows are taken in batches, and of what is needed to know a
copy, at most WINDOW rows are remembered.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from listener.errors import InputError
from listener.importers.rows import Refusal, Row, Table
from listener.printable import printable
from nlp.copies import CopyFinder
from nlp.enrich import Enricher
from nlp.model import Enrichment

BATCH = 500  # rows at once, or
_CHARACTERS = 1_000_000  # so many characters, whichever is less
_LONGEST_ID = 256  # characters: it is remembered with its row
_SHOWN = 40  # columns in a message
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
ERROR = "error"  # only in rows that have one
GIVEN = "given_"  # put before a column of the file that is called like one of ours
LABEL_SETS = ("krasae", "wisesight")

_WISESIGHT = {"negative": "neg", "neutral": "neu", "positive": "pos"}
_ASKS = 0.5  # times as likely as a statement: a rare class, weighed as the Thai model weighs it

Taken = tuple[int, Row] | Refusal


class RowClassifier:
    """Classifies the rows of one file; `rows`, `errors` and `copies` count meanwhile."""

    def __init__(self, enricher: Enricher, *, text_column: str = "text", labels: str = "krasae"):
        self._enricher = enricher
        self._text_column = text_column
        self._labels = labels
        self._copies: CopyFinder[int | str] = CopyFinder(window=WINDOW, most=WINDOW)
        self.rows = 0
        self.copies = 0
        self.errors: Counter[str] = Counter()

    def classified(self, table: Table) -> Iterator[list[Row]]:
        """The rows of a table with our columns, in batches.

        Raises InputError when the table, or every row of its beginning, lacks the text.
        """
        if table.columns and self._text_column not in table.columns:
            raise self._no_text(table.columns)
        for batch in self._batches(table):
            if self.rows == 0 and all(self._text(one) is None for one in batch):
                self._check(batch)
            yield self._batch(batch, table.columns)

    def _batches(self, table: Table) -> Iterator[list[Taken]]:
        batch: list[Taken] = []
        size = 0
        for taken in table.rows():
            batch.append(taken)
            size += len(self._text(taken) or "")
            if len(batch) == BATCH or size > _CHARACTERS:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _batch(self, taken: Sequence[Taken], columns: Sequence[str]) -> list[Row]:
        numbered = list(enumerate(taken, self.rows + 1))
        self.rows += len(taken)
        texts = {number: text for number, one in numbered if (text := self._text(one)) is not None}
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
            self._refused(one, columns)
            if isinstance(one, Refusal) or number not in said
            else _given(one[1]) | said[number]
            for number, one in numbered
        ]

    def _text(self, taken: Taken) -> str | None:
        if isinstance(taken, Refusal):
            return None
        value = taken[1].get(self._text_column)
        is_text = type(value) in (str, int, float) and value == value  # no NaN
        return str(value) if is_text else None

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

    def _refused(self, taken: Taken, columns: Sequence[str]) -> Row:
        """A row without a meaning, and why; of one that could not be read, what was read."""
        empty: Row = dict.fromkeys(COLUMNS)
        if isinstance(taken, Refusal):
            self.errors[taken.code] += 1
            row = _as_read(taken, columns, self._text_column)
            return row | empty | {ERROR: f"row {taken.row}: {taken.reason}"}
        number, values = taken
        self.errors["no-text"] += 1
        what = "is no text" if self._text_column in values else "is missing"
        return _given(values) | empty | {ERROR: f'row {number}: "{self._text_column}" {what}'}

    def _check(self, batch: Sequence[Taken]) -> None:
        keys = {key: None for one in batch if not isinstance(one, Refusal) for key in one[1]}
        if keys and self._text_column not in keys:
            raise self._no_text(tuple(keys))

    def _no_text(self, columns: Sequence[str]) -> InputError:
        names = ", ".join(f'"{printable(column, width=60)}"' for column in columns[:_SHOWN])
        return InputError(
            f'There is no column "{self._text_column}", where the texts should be.',
            remedy=f"Name the one that holds them with --text-column. The columns are {names}.",
        )


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


def _given(row: Row) -> Row:
    """A row of the file; its own columns make room for ours of the same name."""
    if row.keys().isdisjoint((*COLUMNS, ERROR)):
        return row
    return {_free(key, row) if key in (*COLUMNS, ERROR) else key: row[key] for key in row}


def _free(name: str, row: Row) -> str:
    while name in row:
        name = GIVEN + name
    return name


def _as_read(refusal: Refusal, columns: Sequence[str], text_column: str) -> Row:
    values = refusal.values
    if columns and isinstance(values, list):
        return _given(dict.fromkeys(columns, "") | dict(zip(columns, values, strict=False)))
    return _given(dict.fromkeys(columns, "")) | {text_column: values}
