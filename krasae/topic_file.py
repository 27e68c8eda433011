"""The topics of a file: of its texts, whatever it is a file of, and the topic of each row.

The file is read twice: once for what its topics are, once for handing on its rows. Of a large
one a sample is fitted and the rest assigned, so that memory holds the sample's texts alone.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from krasae.texts import ERROR, TextColumn
from krasae.topic_report import Example, TopicReport, reported
from krasae.topics import SEED, own_words
from listener.errors import InputError
from listener.importers.convert import column_getter
from listener.importers.guess import columns_of, guess, take_sample
from listener.importers.profile import FileRules, TimeRules, checked
from listener.importers.reading import prove_day_first
from listener.importers.rows import Row, Table
from listener.importers.tables import open_table
from listener.importers.times import TimeReader, UnreadableTimeError, combined
from listener.model import DAY_MS
from nlp.embeddings import embedding
from nlp.settings import NlpSettings
from nlp.text import cut
from nlp.topic_stage.window import MOST, sampled
from nlp.topics.fit import fit
from nlp.topics.model import NONE, Fit, Topic

COLUMNS = ("topic", "topic_label", "topic_similarity")
_EARLIEST = 631_152_000_000  # 1990-01-01: before that a time was misread, not posted

Given = tuple[int, float]  # a topic, or NONE, and the similarity to it


class FileTopics:
    """The topics of one file: `fit`, then `rows` once, then `report`.

    `time_column` is looked for when it is not named. `now` (UTC ms): later times are misread.
    """

    def __init__(
        self,
        path: Path,
        *,
        text_column: str,
        time_column: str | None,
        encoding: str | None,
        nlp: NlpSettings,
        now: int,
        seed: int = SEED,
    ) -> None:
        self.path = path
        self.format = "jsonl"
        self.texts = TextColumn(text_column, ours=COLUMNS)
        self._rules = FileRules(encoding=encoding)
        self._nlp = nlp
        self._seed = seed
        self._time = Times(path, self._rules, text_column=text_column, named=time_column, now=now)
        self._embedding = embedding(nlp.embedding)
        self._fitted: dict[int, str] = {}
        self._given: dict[int, Given] = {}
        self._fit: Fit | None = None
        self._topics: dict[int, Topic] = {}
        # One for each row: its topic and similarity, or why it has none.
        self.assigned: list[Given | str] = []
        self._times: list[int | None] = []

    @property
    def found(self) -> Fit:
        """What the fit found."""
        if self._fit is None:
            raise ValueError("not fitted yet")
        return self._fit

    @property
    def fitted(self) -> int:
        """How many texts were fitted together."""
        return len(self._given)

    def read(self) -> int:
        """Read the texts that are to be fitted; the number of all texts."""
        rows = count = 0
        with open_table(self.path, self._rules) as table:
            self.format = table.format
            for batch in self.texts.batches(table):
                for number, taken in enumerate(batch, rows + 1):
                    if (text := self.texts.text(taken)) is not None:
                        count += 1
                        self._fitted[number] = cut(text)
                rows += len(batch)
                if len(self._fitted) > 2 * MOST:
                    self._keep_sample()
        self._keep_sample()
        return count

    def _keep_sample(self) -> None:
        self._fitted = {number: self._fitted[number] for number in sampled(list(self._fitted))}

    def fit(self) -> None:
        """Find the topics. InputError when there are too few texts."""
        texts = list(self._fitted.values())
        self._fit = fit(
            texts,
            self._embedding.encode(texts),
            embedding=self._nlp.embedding,
            seed=self._seed,
            words=own_words(self._nlp),
        )
        self._topics = {topic.id: topic for topic in self._fit.model.topics}
        self._given = {
            number: (topic, round(similarity, 4))
            for number, topic, similarity in zip(
                self._fitted,
                self._fit.topics.tolist(),
                self._fit.similarity.tolist(),
                strict=True,
            )
        }

    def rows(self) -> Iterator[list[Row]]:
        """The rows of the file with our columns, in batches."""
        with open_table(self.path, self._rules) as table:
            for batch in self.texts.batches(table):
                yield self._batch(batch, table)

    def _batch(self, batch: Sequence[Any], table: Table) -> list[Row]:
        start = len(self.assigned) + 1
        numbered = list(enumerate(batch, start))
        given = self._assign(
            {number: text for number, one in numbered if (text := self.texts.text(one)) is not None}
        )
        rows = []
        for number, taken in numbered:
            said = given.get(number)
            if said is None:
                row = self.texts.refused(taken, table.columns)
            else:
                row = self.texts.given(taken[1]) | self._columns(*said)
            self.assigned.append(row[ERROR] if said is None else said)
            self._times.append(None if said is None else self._time.of(taken[1]))
            rows.append(row)
        return rows

    def _assign(self, texts: dict[int, str]) -> dict[int, Given]:
        """The topics of a batch: those of the fit, and by the nearest topic for the others."""
        others = {number: cut(text) for number, text in texts.items() if number not in self._given}
        found = {number: self._given[number] for number in texts if number in self._given}
        if others:
            vectors = self._embedding.encode(list(others.values()))
            topics, similarity = self.found.model.assign(vectors)
            for number, topic, near in zip(
                others, topics.tolist(), similarity.tolist(), strict=True
            ):
                found[number] = topic, round(near, 4)
        return found

    def _columns(self, topic: int, similarity: float) -> Row:
        if topic == NONE:
            return dict.fromkeys(COLUMNS)
        values = topic, self._topics[topic].label, similarity
        return dict(zip(COLUMNS, values, strict=True))

    def report(self) -> TopicReport:
        """The topics of all rows."""
        numbers = list(self._fitted)
        examples = {
            topic.id: [
                Example(numbers[place], self._fitted[numbers[place]])
                for place in topic.representatives
            ]
            for topic in self.found.model.topics
        }
        return reported(
            [(topic, False) for topic in self.found.model.topics],
            {group.id: group.label for group in self.found.model.groups},
            [
                (given[0], time, None)
                for given, time in zip(self.assigned, self._times, strict=True)
                if not isinstance(given, str)
            ],
            examples,
        )


class Times:
    """Reads the time of a row: of the named column, or of one that looks like it; None if none."""

    def __init__(
        self, path: Path, rules: FileRules, *, text_column: str, named: str | None, now: int
    ) -> None:
        self._latest = now + DAY_MS
        sample = take_sample(path, rules)
        if named is not None and named not in sample.columns:
            raise InputError(
                f'{path} has no column "{named}".', remedy=columns_of(sample, like=named)
            )
        guessed = {} if named else guess(sample, zone=UTC, now=now)
        columns = (named,) if named else guessed.get("published_at", ())
        self._getters = [column_getter(column) for column in columns]
        order = None
        if columns:
            fields = {"text": (text_column,), "published_at": columns}
            order = prove_day_first(path, checked({"columns": fields}, where="The options"))
        self._read = TimeReader(TimeRules(), UTC, dayfirst=order != "month")

    def of(self, row: Row) -> int | None:
        """UTC ms; None also where it cannot be read."""
        if not self._getters:
            return None
        try:
            moment = self._read(combined([get(row) for get in self._getters]))
        except UnreadableTimeError:
            return None
        return moment if moment is not None and _EARLIEST <= moment <= self._latest else None
