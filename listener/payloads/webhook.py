"""What any tool may deliver: JSON rows, read through an import profile. Pure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener.errors import InputError
from listener.importers.convert import Converter, column_getter
from listener.importers.jsonlines import JsonTable, clean
from listener.importers.profile import FIELDS, Profile
from listener.importers.rows import AuthorId, Refusal, Row
from listener.importers.source import Source
from listener.model import Mention
from listener.receive.taking import Content, read_json

PLATFORM = "webhook"
# A row that names its fields as a mention does.
NATIVE = Profile(name="native", columns={field: (field,) for field in FIELDS})


def parse(
    body: bytes,
    profile: Profile,
    *,
    zone: ZoneInfo,
    now: int,
    rows: str | None = None,
    author_id: AuthorId | None = None,
) -> Content:
    """The rows of a body as mentions: one object, an array of them, or one on each line.

    `rows` is where in the body they lie, such as data.items. Times without a zone are in `zone`;
    what is more than a day after `now` (UTC ms) is refused. `problem` names the first row that
    was refused, and why.
    """
    convert = Converter(
        profile,
        zone=zone,
        now=now,
        dayfirst=profile.time.dayfirst is not False,
        author_id=author_id,
    )
    mentions: list[Mention] = []
    refused: list[str] = []
    try:
        for taken in _rows(body, rows, profile):
            found = taken if isinstance(taken, Refusal) else convert(*taken)
            if isinstance(found, Mention):
                mentions.append(found)
            else:
                refused.append(f"row {found.row}: {found.reason}")
    except InputError as error:
        refused.append(error.message.rstrip("."))
    if not mentions and not refused:
        return Content(refused=1, problem="there is no row in a delivery")
    total = len(mentions) + len(refused)
    problem = f"{refused[0]} ({len(refused)} of {total} rows refused)" if refused else None
    return Content(tuple(mentions), refused=len(refused), problem=problem)


def _rows(body: bytes, place: str | None, profile: Profile) -> Iterator[tuple[int, Row] | Refusal]:
    whole = read_json(body)
    if place:
        inner = column_getter(place)(whole) if isinstance(whole, dict) else None
        yield from _listed(inner, place)
    elif isinstance(whole, dict):
        yield 1, clean(whole)
    else:  # an array is cut by the importer too, which loses no more of it than what is broken
        yield from JsonTable(Source(Path("the body"), body), profile.file).rows()


def _listed(inner: Any, place: str) -> Iterator[tuple[int, Row] | Refusal]:
    listed = inner if isinstance(inner, list) else [inner]
    for number, row in enumerate(listed, 1):
        if isinstance(row, dict):
            yield number, clean(row)
        else:
            yield Refusal(number, "bad-json", f"there is no object at {place}", "", row)
