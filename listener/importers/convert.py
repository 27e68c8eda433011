"""A row as read becomes a mention, or is refused with a reason.

Text and time are needed. A count, a name or an address that cannot be read is left empty
and noted: it is no reason to lose a mention.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from hashlib import blake2b
from html import unescape
from typing import Any, TypeVar
from urllib.parse import quote

from listener.importers.profile import Profile, aliases, plain
from listener.importers.rows import MAX_ROW, AuthorId, Refusal, Row
from listener.importers.times import TimeReader, UnreadableTimeError, combined
from listener.importers.values import (
    UnusableError,
    address,
    blank,
    count,
    identity,
    text_of,
    without_html,
)
from listener.model import DAY_MS, Mention, MentionKind
from listener.printable import printable

_EARLIEST = 631_152_000_000  # 1990-01-01: before that a time was misread, not posted
_LARGEST = 2**63 - 1  # SQLite's integers
_MAX_LABELS = 50
_REMEMBERED = 10_000
_MAX_LABEL = 256
_YES = ("1", "true", "yes", "y", "t")

_T = TypeVar("_T")
Getter = Callable[[Row], Any]


class Converter:
    """Turns rows of one file into mentions by a profile. Call it with a row and its number.

    `author_id` keys the author in the ids that are made for rows without one: the id must
    not tell who wrote the row. `notes` counts what was left empty.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        zone: tzinfo,
        now: int,
        dayfirst: bool = True,
        spreadsheet: bool = False,
        author_id: AuthorId | None = None,
    ) -> None:
        columns = profile.columns
        self.notes: Counter[str] = Counter()
        self._latest = now + DAY_MS
        self._text = _text_getter(profile)
        self._given_time = _time_getter(columns["published_at"])
        self._time = TimeReader(profile.time, zone, dayfirst=dayfirst)
        self._platform = _translated(
            _first(columns.get("platform")),
            _names("platforms"),
            default=profile.platform or "import",
            keep=_hyphened,
        )
        self._kind = _translated(_first(columns.get("kind")), _kinds(profile), default=profile.kind)
        self._language = _translated(
            _first(columns.get("language")),
            _names("languages"),
            default=profile.language,
            keep=_hyphened,
        )
        self._labels = _label_getter(profile)
        self._read_name = partial(identity, spreadsheet=spreadsheet)
        self._exact = 10**15 if spreadsheet else 10**30
        self._cells = {field: _first(column) for field, column in columns.items()}
        self._link = profile.url
        self._author_id = author_id

    def __call__(self, number: int, row: Row) -> Mention | Refusal:
        """The mention in a row, or why there is none."""
        text = self._text(row)
        if not text or len(text) > MAX_ROW:
            return _no_text(number, text, row)
        given = self._given_time(row)
        try:
            moment = self._time(given)
        except UnreadableTimeError:
            reason = f"the time {_shown(given)} cannot be read"
            return Refusal(number, "bad-time", reason, _BAD_TIME, row)
        if moment is None:
            return Refusal(number, "no-time", "there is no time", _NO_TIME, row)
        if not _EARLIEST <= moment <= self._latest:
            return self._impossible(number, moment, row)
        platform = self._platform(row)
        author = self._name("author", row)
        if author is not None and author[0] == "@":
            author = author[1:] or None
        native_id = self._name("native_id", row)
        url = self._read(address, "url", row)
        if native_id is None:
            native_id = self._made_id(platform, author, moment, text)
        elif url is None and self._link:
            plain_id = native_id.isascii() and native_id.isalnum()
            url = self._link.replace("{native_id}", native_id if plain_id else quote(native_id))
        return Mention(
            platform,
            native_id,
            moment,
            text,
            author,
            self._count("followers", row),
            self._kind(row),
            url,
            self._name("reply_to", row),
            self._language(row),
            self._count("likes", row),
            self._count("reposts", row),
            self._count("replies", row),
            self._count("views", row),
            self._labels(row),
        )

    def _name(self, field: str, row: Row) -> str | None:
        getter = self._cells.get(field)
        if getter is None:
            return None
        value = getter(row)
        if type(value) is int and -self._exact < value < self._exact:
            return str(value)
        return self._taken(self._read_name, field, value)

    def _count(self, field: str, row: Row) -> int | None:
        getter = self._cells.get(field)
        if getter is None:
            return None
        value = getter(row)
        if type(value) is int and -_LARGEST <= value <= _LARGEST:
            return value
        return self._taken(count, field, value)

    def _read(self, read: Callable[[Any], str | None], field: str, row: Row) -> str | None:
        getter = self._cells.get(field)
        return self._taken(read, field, getter(row)) if getter else None

    def _taken(self, read: Callable[[Any], _T], field: str, value: Any) -> _T | None:
        """A cell read; what cannot be read is left empty and noted."""
        try:
            return read(value)
        except UnusableError as error:
            self.notes[f"{field} {error}, left empty"] += 1
            return None

    def _made_id(self, platform: str, author: str | None, moment: int, text: str) -> str:
        """The same row gets the same id every time, so that importing twice adds nothing."""
        who: object = author or ""
        if author is not None and self._author_id:
            who = self._author_id(platform, author)
        parts = "\x1f".join((platform, str(who), str(moment), text))
        return f"~{blake2b(parts.encode(), digest_size=16).hexdigest()}"

    def _impossible(self, number: int, moment: int, row: Row) -> Refusal:
        when = f"{_utc(moment)} UTC"
        if moment < _EARLIEST:
            reason = f"the time comes out as {when}, before 1990"
            return Refusal(number, "too-old", reason, _WRONG_FORM, row)
        reason = f"the time comes out as {when}, more than a day ahead"
        return Refusal(number, "future", reason, _WRONG_FORM, row)


_NO_TEXT = "Fill in the text, or map it to the right column: --map text=COLUMN."
_NO_TIME = "Fill in the time, or map it to the right column: --map published_at=COLUMN."
_BAD_TIME = "Write it like 2014-12-31 23:10, or state its form in a profile's [time] section."
_WRONG_FORM = (
    "If the time is right as written, state its form: unit, dayfirst or short_years "
    "in a profile's [time] section."
)


def _no_text(number: int, text: str, row: Row) -> Refusal:
    if not text:
        return Refusal(number, "no-text", "there is no text", _NO_TEXT, row)
    reason = f"the text has {len(text):,} characters; at most {MAX_ROW:,} are read"
    return Refusal(number, "too-long", reason, "Shorten the text.", text[:1000])


def _utc(moment: int) -> str:
    try:
        return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return f"{moment} ms"


def _shown(value: object) -> str:
    return f'"{printable(str(value), width=60)}"'


def column_getter(column: str) -> Getter:
    """Reads a column; `user.name` also reads the `name` within a JSON `user`."""
    if "." not in column:
        return lambda row: row.get(column)
    path = column.split(".")

    def walk(row: Row) -> Any:
        if column in row:
            return row[column]
        value: Any = row
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    return walk


def _first(columns: Sequence[str] | None) -> Getter | None:
    """Reads the first of several columns that is not blank."""
    if columns is None:
        return None
    getters = [column_getter(column) for column in columns]
    if len(getters) == 1:
        return getters[0]
    return lambda row: next((cell for get in getters if not blank(cell := get(row))), None)


def _time_getter(columns: Sequence[str]) -> Getter:
    getters = [column_getter(column) for column in columns]
    if len(getters) == 1:
        return getters[0]
    return lambda row: combined([get(row) for get in getters])


def _text_getter(profile: Profile) -> Callable[[Row], str]:
    rules = profile.text
    readers = []
    for column in profile.columns["text"]:
        read: Callable[[Any], str] = text_of
        if column in rules.html:
            read = _html
        elif column in rules.entities:
            read = _entities
        readers.append((column_getter(column), read))
    if len(readers) == 1 and not rules.ignore:
        get, read = readers[0]
        return lambda row: read(get(row))

    def joined(row: Row) -> str:
        parts: list[str] = []
        for get, read in readers:
            part = read(get(row))
            if part and part not in parts and part not in rules.ignore:
                parts.append(part)
        return rules.join.join(parts)

    return joined


def _entities(value: object) -> str:
    text = text_of(value)
    return text_of(unescape(text)) if "&" in text else text


def _html(value: object) -> str:
    text = text_of(value)
    return text_of(without_html(text)) if "<" in text or "&" in text else text


def _names(group: str) -> dict[str, str]:
    return {name: known for known, names in aliases()[group].items() for name in names}


def _kinds(profile: Profile) -> dict[str, MentionKind]:
    kinds = {name: MentionKind(kind) for name, kind in _names("kinds").items()}
    for column in profile.columns.get("kind", ()):
        for kind, names in aliases()["flags"].items():
            if plain(column) in map(plain, names):
                kinds |= dict.fromkeys(_YES, MentionKind(kind))
    return kinds | {value.casefold(): kind for value, kind in profile.kinds.items()}


def _constant(value: _T) -> Callable[[Row], _T]:
    def give(row: Row) -> _T:
        return value

    return give


def _hyphened(text: str) -> str:
    return "-".join(text.split())


def _translated(
    getter: Getter | None,
    names: Mapping[str, _T],
    *,
    default: _T,
    keep: Callable[[str], _T] | None = None,
) -> Callable[[Row], _T]:
    """Reads a column with few different values, each translated once.

    A value without a translation is kept, in small letters; without `keep` it is the default.
    """
    if getter is None:
        return _constant(default)
    known: dict[Any, _T] = {}

    def translate(value: Any) -> _T:
        text = text_of(value).casefold()[:64]
        if isinstance(value, bool):
            text = "1" if value else "0"
        if not text:
            return default
        return names.get(text, keep(text) if keep else default)

    def read(row: Row) -> _T:
        value = getter(row)
        try:
            return known[value]
        except TypeError:  # a list or an object
            return default
        except KeyError:
            return _remember(known, value, translate(value))

    return read


def _remember(known: dict[Any, _T], given: Any, meant: _T) -> _T:
    """Note what a cell means for the next row with the same; few and short ones only."""
    if len(known) >= _REMEMBERED:
        known.clear()
    if len(str(given)) <= _MAX_LABEL:
        known[given] = meant
    return meant


def _label_getter(profile: Profile) -> Callable[[Row], tuple[str, ...]]:
    columns, constant = profile.columns.get("labels", ()), profile.labels
    if not columns:
        return _constant(constant)
    getters = [column_getter(column) for column in columns]
    separator = profile.label_separator
    known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def split(cells: Iterable[Any]) -> tuple[str, ...]:
        labels = list(constant)
        for cell in cells:
            for value in cell if isinstance(cell, list | tuple) else (cell,):
                text = text_of(value)
                labels += [part.strip() for part in text.split(separator)] if separator else [text]
        return tuple(dict.fromkeys(label[:_MAX_LABEL] for label in labels if label))[:_MAX_LABELS]

    def read(row: Row) -> tuple[str, ...]:
        cells = tuple([get(row) for get in getters])
        try:
            return known[cells]
        except TypeError:  # lists, or objects
            return split(cells)
        except KeyError:
            return _remember(known, cells, split(cells))

    return read
