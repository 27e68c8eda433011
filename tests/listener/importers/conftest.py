"""A way to read a few rows, and one to import them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from krasae.schema import ROOMS
from listener.importers import ImportReport, Refusal, import_file, read_mentions
from listener.importers.profile import Profile, checked
from listener.model import Mention
from listener.store import AuthorKey, open_database

KEY = AuthorKey("a key for the tests, and for nothing else")
NOW = 1_767_225_600_000  # 2026-01-01
COLUMNS = {"text": "text", "published_at": "time", "native_id": "id"}


@dataclass
class Read:
    """What came out of a file."""

    mentions: list[Mention] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [mention.text for mention in self.mentions]

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(refusal.row, refusal.code) for refusal in self.refusals]


@pytest.fixture
def profile() -> Callable[..., Profile]:
    """A profile of columns text, time and id, with whatever else is given."""

    def make(**values: Any) -> Profile:
        return checked({"columns": COLUMNS, **values}, where="the test's profile")

    return make


@pytest.fixture
def read(profile: Callable[..., Profile]) -> Callable[..., Read]:
    """Read a file to its end by a profile (of columns text, time and id, if none is given)."""

    def reading(path: Path, by: Profile | None = None, zone: str = "UTC") -> Read:
        result = Read()
        for taken in read_mentions(path, by or profile(), timezone=zone, now=NOW):
            if isinstance(taken, Mention):
                result.mentions.append(taken)
            else:
                result.refusals.append(taken)
        return result

    return reading


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """An empty database, in a folder of its own."""
    opened = open_database(tmp_path / "workspace" / "krasae.db", ROOMS, create=True)
    yield opened
    opened.close()


@pytest.fixture
def take(db: Database, profile: Callable[..., Profile]) -> Callable[..., ImportReport]:
    """Import a file into `db`."""

    def importing(path: Path, by: Profile | None = None, **options: Any) -> ImportReport:
        options = {"key": KEY, "timezone": "UTC", "now": NOW, **options}
        report = import_file(db, path, by or profile(), **options)
        assert report.read == report.new + report.updated + report.known + report.refused
        return report

    return importing
