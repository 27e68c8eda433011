"""JSON files: one object a line (JSONL, NDJSON), or one array of objects, read in pieces."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from listener.errors import InputError
from listener.importers.delimited import too_long, undecodable
from listener.importers.lines import Lines, Overlong
from listener.importers.profile import FileRules
from listener.importers.rows import MAX_ROW, REFUSED, Refusal, Row
from listener.importers.source import Source
from listener.model import clean_text

_SHOWN = 1000
# What orjson refuses and exports do contain: NaN, lone surrogates, raw control characters.
_LENIENT = json.JSONDecoder(strict=False)
_STRUCTURE = re.compile(rb'["\\{}\[\],]')


class JsonTable:
    """A file of JSON objects. Rows name their own columns."""

    columns: tuple[str, ...] = ()

    def __init__(self, source: Source, rules: FileRules) -> None:
        self._source = source
        self._lines = Lines(source, rules.encoding)
        head = self._lines.head()
        if not head.strip():
            raise InputError(f"{source.path} is empty.", remedy="It needs one JSON object a line.")
        # What an import refused, put right by hand, comes back with the rows inside.
        self._wrapped = source.path.name.casefold().endswith(REFUSED)
        self.format = "json" if head.lstrip().startswith("[") else "jsonl"

    @property
    def encoding(self) -> str | None:
        """The encoding; ASCII alone counts as UTF-8."""
        return self._lines.encoding or "utf-8"

    @property
    def notes(self) -> Mapping[str, int]:
        """Rows with bytes that were replaced."""
        repaired = self._lines.repaired
        return {"rows with damaged characters, replaced by \ufffd": repaired} if repaired else {}

    def position(self) -> tuple[int, int]:
        """Bytes read, and the file's size."""
        return self._source.position()

    def rows(self) -> Iterator[tuple[int, Row] | Refusal]:
        """Every object, or its refusal; blank lines are no rows."""
        lines, loads = self._lines, orjson.loads
        pieces = self._elements() if self.format == "json" else lines
        for number, piece in enumerate(pieces, 1):
            if isinstance(piece, Overlong):
                yield too_long(number, piece)
                continue
            # The quick way, where the piece can hold neither NUL nor lone surrogates.
            if lines.utf8 and b"\\u0000" not in piece:
                try:
                    value = loads(piece)
                except orjson.JSONDecodeError:
                    pass
                else:
                    if type(value) is dict:
                        yield number, self._unwrapped(value) if self._wrapped else value
                        continue
            if piece.strip():
                yield self._slowly(number, piece)

    def _elements(self) -> Iterator[bytes | Overlong]:
        cutter = _Cutter()
        for piece in self._lines.pieces():
            yield from cutter.cut(piece)
        if cutter.open:
            raise InputError(
                f"{self._source.path} ends in the middle: its list is not closed.",
                remedy="Either it is cut short, or a quote is missing in the last row read.",
            )

    def _slowly(self, number: int, piece: bytes) -> tuple[int, Row] | Refusal:
        text = self._lines.text(piece)
        if text is None:
            return undecodable(number, piece)
        try:
            value = _LENIENT.decode(text)
        except ValueError as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            return _not_json(number, f"it is not JSON: {why}", text)
        except RecursionError:
            return _not_json(number, "it is nested too deeply", text)
        if not isinstance(value, dict):
            return _not_json(number, "it is JSON, but not an object", text)
        row: Row = clean(value)
        return number, self._unwrapped(row) if self._wrapped else row

    @staticmethod
    def _unwrapped(row: Row) -> Row:
        inner = row.get("values")
        return inner if isinstance(inner, dict) else row


def clean(value: Any) -> Any:
    """A JSON value without NUL and lone surrogates."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [clean(inner) for inner in value]
    return value


def _not_json(number: int, reason: str, text: str) -> Refusal:
    return Refusal(
        number,
        "bad-json",
        reason,
        'Each line needs one whole object: {"text": "...", ...}.',
        clean_text(text[:_SHOWN]),
    )


class _Cutter:
    """Cuts a JSON array into its elements by counting brackets outside strings.

    A broken element spoils itself alone, as long as its quotes and brackets are in pairs.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._skip = 0  # up to here signs are escaped
        self._kept = bytearray()
        self._length = 0

    @property
    def open(self) -> bool:
        """Whether the array has begun and not ended."""
        return self._depth > 0

    def cut(self, piece: bytes) -> Iterator[bytes | Overlong]:
        """The elements that end within the next piece of the file."""
        start = 0
        for match in _STRUCTURE.finditer(piece):
            at, sign = match.start(), match[0]
            if at < self._skip:
                continue
            if sign == b"\\":
                self._skip = at + 2
            elif sign == b'"':
                self._quoted = not self._quoted
            elif self._quoted:
                continue
            elif sign in b"{[":
                self._depth += 1
                start = at + 1 if self._depth == 1 else start
            elif self._depth:
                ends = self._depth == 1
                self._depth -= sign != b","
                if ends:
                    yield self._element(piece[start:at])
                    start = at + 1
        self._skip = max(0, self._skip - len(piece))
        if self._depth:
            self._keep(piece[start:])

    def _keep(self, part: bytes) -> None:
        self._length += len(part)
        if len(self._kept) <= MAX_ROW:
            self._kept += part

    def _element(self, part: bytes) -> bytes | Overlong:
        self._keep(part)
        whole, length = bytes(self._kept), self._length
        self._kept.clear()
        self._length = 0
        return whole if length <= MAX_ROW else Overlong(length, whole[:_SHOWN])
