"""The anomalies of a file's series: the same rows, in the same order, each judged by those before.

A row without a usable number or time keeps its place, has an error, and is as if it were not
there. So has one that is not later than the row before; only when three such rows in a row
are in order among themselves, the series goes on from there: the clock had been wrong.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Any

from krasae.texts import ERROR, Taken, TextColumn
from listener.errors import InputError
from listener.importers.profile import TimeRules
from listener.importers.rows import Refusal, Row, Table
from listener.importers.times import TimeReader, UnreadableTimeError
from listener.importers.values import blank
from listener.printable import printable
from trends.anomaly import Detector, Verdict
from trends.anomaly.detector import LARGEST

COLUMNS = ("anomaly_score", "expected", "lower", "upper", "alert")
BATCH = 500

_SHOWN = 40  # columns in a message
_BACK = 3  # rows in order that are too early, after which the clock is taken to have been wrong
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d+)?\s?%?", re.IGNORECASE
)
_JUST_BELOW = 0.4999  # what is no alert is not rounded up to one


class _UnusableRowError(ValueError):
    """A row that cannot be judged: `code` for counting, and the message for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class RowJudge:
    """Judges the rows of one file; `rows`, `alerts` and `errors` count meanwhile."""

    def __init__(
        self, *, value: str = "value", time: str = "timestamp", month_first: bool = False
    ) -> None:
        self._value, self._time = value, time
        self._read_time = TimeReader(TimeRules(), UTC, dayfirst=not month_first)
        self._column = TextColumn(value, ours=COLUMNS)
        self._detector = Detector()
        self._last: int | None = None
        self._early: list[int] = []  # times of the latest rows, if they were too early
        self.rows = 0
        self.alerts = 0

    @property
    def errors(self) -> Counter[str]:
        """How many rows have an error, by the reason's code."""
        return self._column.errors

    def judged(self, table: Table) -> Iterator[list[Row]]:
        """The rows of a table with our columns, in batches. InputError when a column is missing."""
        self._check(table.columns)
        rows = table.rows()
        while batch := list(islice(rows, BATCH)):
            if not table.columns and self.rows == 0:
                read = [one[1] for one in batch if not isinstance(one, Refusal)]
                self._check(tuple(dict.fromkeys(key for row in read for key in row)))
            yield [self._row(taken, table.columns) for taken in batch]

    def _check(self, columns: Sequence[str]) -> None:
        for name, what, option in (
            (self._value, "values", "--column"),
            (self._time, "times", "--time-column"),
        ):
            if columns and name not in columns:
                names = ", ".join(f'"{printable(one, width=60)}"' for one in columns[:_SHOWN])
                raise InputError(
                    f'There is no column "{name}", where the {what} should be.',
                    remedy=f"Name the one that holds them with {option}. The columns are {names}.",
                )

    def _row(self, taken: Taken, columns: Sequence[str]) -> Row:
        self.rows += 1
        if isinstance(taken, Refusal):
            return self._column.refused(taken, columns)
        number, row = taken
        given = self._column.given(row)
        try:
            verdict = self._verdict(row)
        except _UnusableRowError as error:
            self.errors[error.code] += 1
            return given | dict.fromkeys(COLUMNS) | {ERROR: f"row {number}: {error}"}
        self.alerts += verdict.alert
        return given | _columns(verdict)

    def _verdict(self, row: Row) -> Verdict:
        value = self._number(row.get(self._value))
        time = self._moment(row.get(self._time))
        if self._last is not None and time <= self._last:
            self._notice_early(time)
        self._last, self._early = time, []
        return self._detector.step(time, value)

    def _notice_early(self, time: int) -> None:
        """A row that is not later than the last: refused, unless the last's clock was wrong."""
        self._early = [*self._early, time] if time > max(self._early, default=time - 1) else [time]
        if len(self._early) < _BACK or time == self._last:
            reason = f'"{self._time}" is not later than in the row before'
            raise _UnusableRowError("not-later", reason)
        self._detector.turn_back(time)

    def _number(self, value: Any) -> float:
        if blank(value) or (isinstance(value, str) and not value.strip()):
            raise _UnusableRowError("no-number", f'"{self._value}" is empty')
        number = _number(value)
        if number is None or not isfinite(number) or abs(number) > LARGEST:
            raise _UnusableRowError("no-number", f'"{self._value}" is no usable number')
        return number

    def _moment(self, value: Any) -> int:
        try:
            time = self._read_time(value)
        except UnreadableTimeError:
            raise _UnusableRowError("bad-time", f'"{self._time}" is no readable time') from None
        if time is None:
            raise _UnusableRowError("bad-time", f'"{self._time}" is empty')
        return time


def _number(value: Any) -> float | None:
    """A number, also as "1,234.5", "12 %" or in Thai digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return float(value) if -LARGEST <= value <= LARGEST else None
    text = value.strip() if isinstance(value, str) else ""
    digits = text.rstrip("%").rstrip().replace(",", "")
    if not digits or not _NUMBER.fullmatch(text):
        return None
    try:
        return float(digits)
    except ValueError:
        return None


def _columns(verdict: Verdict) -> Row:
    score = round(verdict.anomaly_score, 4)
    return {
        "anomaly_score": score if verdict.alert else min(score, _JUST_BELOW),
        "expected": _rounded(verdict.expected),
        "lower": _rounded(verdict.lower),
        "upper": _rounded(verdict.upper),
        "alert": int(verdict.alert),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
