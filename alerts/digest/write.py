"""Writing a day's digest: both forms, registered so that an erasure finds them."""

from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from alerts.digest import exports, render
from alerts.digest.medium import Plain
from alerts.digest.model import Facts
from alerts.digest.sentences import Sentences
from alerts.digest.wording import Wording


@dataclass(frozen=True, slots=True)
class Written:
    """The files of one digest, and its one sentence."""

    headline: str
    files: tuple[Path, ...]


def write_digest(
    db: Database, facts: Facts, folder: Path, *, language: str, timezone: str, now: int
) -> Written:
    """Write digest-DATE.LANGUAGE.html and .txt into a folder, which is made if need be."""
    forms = (
        ("html", render.html(facts, language=language, timezone=timezone)),
        ("txt", render.text(facts, language=language, timezone=timezone)),
    )
    name = f"digest-{facts.day.date.isoformat()}.{language}"
    quoted = facts.quoted
    files = tuple(
        exports.write(
            db, folder / f"{name}.{suffix}", content, kind="digest", quoted=quoted, now=now
        )
        for suffix, content in forms
    )
    words = Wording(language, timezone, Plain())
    return Written(Sentences(facts, words).headline(), files)
