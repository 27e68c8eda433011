"""A new workspace: config.toml, the author key in .env, .gitignore, the database."""

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from krasae.environment import FILE as ENVIRONMENT_FILE
from krasae.environment import read_environment
from krasae.reference import config_text
from krasae.schema import ROOMS
from krasae.settings import Settings, parse_settings
from listener.errors import InputError, SettingsError
from listener.query import parse
from listener.refusals import dotted, in_words
from listener.settings import BrandSettings, SourceSettings, WorkspaceSettings
from listener.store import AuthorKey, open_database
from listener.store.authors import KEY_VARIABLE
from listener.store.keys import check_key, claim

CONFIG_FILE = "config.toml"
NamedQuery = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A source that needs no key; `says` is what it hears. Some hear only `for_brands`."""

    name: str
    type: str
    says: str
    for_brands: bool = False


OFFERS = (
    Offer("bluesky", "bluesky", "every public post of Bluesky, as it is written"),
    Offer("news", "feeds", "Google News, searched for your brands", for_brands=True),
    Offer("hackernews", "hackernews", "every story and comment of Hacker News"),
    Offer("trends", "google_trends", "what Thailand searches Google for right now"),
)
_NEWS = "https://news.google.com/rss/search?q={query}&"
_EDITIONS = {"th": "hl=th&gl=TH&ceid=TH:th", "en": "hl=en-US&gl=US&ceid=US:en"}


def named_query(text: str) -> NamedQuery:
    """A brand's name and query from `Name=query`; from `Name` alone, a query for the name.

    Raises QuerySyntaxError, with the place, when the query does not parse.
    """
    name, _, query = (part.strip() for part in _writable(text).partition("="))
    if not name:
        raise InputError(f"{text!r} names no brand.", remedy='Write "Name=query".')
    query = query or default_query(name)
    parse(query)
    return name, query


def default_query(name: str) -> str:
    """The query that finds a brand by its name as it is written."""
    inner = " ".join(name.replace('"', " ").split())
    return f'"{inner}"'


def brands_from(
    own: Sequence[NamedQuery], competitors: Sequence[NamedQuery]
) -> tuple[BrandSettings, ...]:
    """The brands' sections, each with an id of its own."""
    brands: list[BrandSettings] = []
    for is_own, queries in ((True, own), (False, competitors)):
        for name, query in queries:
            slug = brand_id(name, {brand.id for brand in brands})
            brands.append(BrandSettings(id=slug, name=name, query=query, own=is_own))
    return tuple(brands)


def brand_id(name: str, taken: set[str]) -> str:
    """A slug that says the name in ASCII, Thai romanised, and is not taken yet."""
    plain = name
    if re.search(r"[\u0e00-\u0e7f]", name):
        from pythainlp.transliterate import romanize

        plain = " ".join(romanize(word, engine="royin") for word in name.split())
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "brand"
    number, found = 2, slug
    while found in taken:
        number, found = number + 1, f"{slug}-{number}"
    return found


def offers(text: str, *, brands: bool) -> tuple[Offer, ...]:
    """Those that are named in `text`, between commas or spaces; "all" of them, or "none".

    Of all, those are left out that hear nothing without `brands`. Raises InputError.
    """
    names = text.replace(",", " ").casefold().split()
    if names == ["none"]:
        return ()
    if names == ["all"]:
        return tuple(offer for offer in OFFERS if brands or not offer.for_brands)
    if "all" in names or "none" in names:
        raise InputError(
            f"{text!r} says more than one thing.", remedy="Write all, or none, or names alone."
        )
    known = {offer.name: offer for offer in OFFERS}
    if unknown := [name for name in names if name not in known]:
        raise InputError(
            f'There is no source "{unknown[0]}" that needs no key.',
            remedy=f"Name some of {', '.join(known)}; or all, or none. docs/sources/ has a page "
            "for each kind that needs one.",
        )
    chosen = tuple(known[name] for name in dict.fromkeys(names))
    if not brands and (lost := [offer.name for offer in chosen if offer.for_brands]):
        raise InputError(
            f"The source {lost[0]} searches for brands, and none is named.",
            remedy="Name one with --brand, or leave that source out.",
        )
    return chosen


def sources_from(
    chosen: Sequence[Offer], *, timezone: str, language: str
) -> tuple[SourceSettings, ...]:
    """Their sections. News are searched in the workspace's language, and in Thailand in Thai."""
    thai = timezone == "Asia/Bangkok"
    tongues = [tongue for tongue in _EDITIONS if tongue == language or (tongue == "th" and thai)]
    options: dict[str, dict[str, Any]] = {
        "feeds": {"searches": [_NEWS + _EDITIONS[tongue] for tongue in tongues]},
        "google_trends": {"countries": ["TH"]},
    }
    return tuple(
        SourceSettings(name=offer.name, type=offer.type, options=options.get(offer.type, {}))
        for offer in chosen
    )


def settings_from(
    *,
    name: str,
    timezone: str,
    language: str,
    brands: Sequence[BrandSettings] = (),
    sources: Sequence[SourceSettings] = (),
) -> Settings:
    """The settings of a new workspace; raises SettingsError with all that is wrong."""
    try:
        workspace = WorkspaceSettings.model_validate(
            {"name": _writable(name), "timezone": timezone, "language": language}
        )
    except ValidationError as error:
        problems = in_words(error.errors(include_url=False), WorkspaceSettings)
        lines = [f"{dotted(problem.place)}: {problem.message}" for problem in problems]
        raise SettingsError("\n".join(lines), remedy="Nothing was written.") from error
    return Settings(workspace=workspace, brands=tuple(brands), sources=tuple(sources))


def create(
    folder: Path,
    settings: Settings,
    *,
    force: bool = False,
    environment: Mapping[str, str] | None = None,
) -> list[Path]:
    """Make the workspace; the files that were written, config.toml the last of them.

    Nothing is overwritten, but for config.toml with `force`, which keeps the old one as
    config.toml.old. An author key and a database that are there stay as they are.
    """
    config = folder / CONFIG_FILE
    if config.exists() and not force:
        raise SettingsError(
            f"{config} exists already. Nothing was written.",
            remedy="Change it with an editor, or replace it with --force: the old one is then "
            "kept as config.toml.old, and the key and the database stay.",
        )
    text = config_text(settings)
    variables = read_environment(folder, environment)
    if parse_settings(text, config, variables) != settings:
        raise SettingsError("These answers cannot be written as TOML. Nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, settings, text, variables.get(KEY_VARIABLE))
    except OSError as error:
        raise SettingsError(
            f"{error.filename or folder} cannot be written: {error.strerror}.",
            remedy="Check the permissions and the free disk space, then run it again.",
        ) from error


def _write(folder: Path, settings: Settings, text: str, known_key: str | None) -> list[Path]:
    written: list[Path] = []
    secret = known_key or secrets.token_urlsafe(32)
    key = AuthorKey(secret, hashed=settings.authors.hash)
    database = folder / settings.workspace.database
    if not database.exists():
        written.append(database)
    db = open_database(database, ROOMS, create=True)
    try:
        check_key(db, key)
        if not known_key:
            written.append(_add_secret(folder / ENVIRONMENT_FILE, secret))
        claim(db, key)
    finally:
        db.close()
    if _ignore(folder / ".gitignore", (ENVIRONMENT_FILE, f"{settings.workspace.database}*")):
        written.append(folder / ".gitignore")
    written.append(_replace(folder / CONFIG_FILE, text))
    return written


def _add_secret(path: Path, secret: str) -> Path:
    # Appended, for there may be other secrets; readable by its owner only from the start.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        before = file.read()
        gap = "\n" if before and not before.endswith("\n") else ""
        file.write(
            f"{gap}# Keep this key, and keep it to yourself: authors are stored under its hash.\n"
            f"{KEY_VARIABLE}={secret}\n"
        )
    return path


def _ignore(path: Path, patterns: Sequence[str]) -> bool:
    before = path.read_text("utf-8") if path.exists() else ""
    missing = [pattern for pattern in patterns if pattern not in before.splitlines()]
    if not missing:
        return False
    gap = "\n" if before and not before.endswith("\n") else ""
    with path.open("a", encoding="utf-8") as file:
        file.write(gap + "".join(f"{pattern}\n" for pattern in missing))
    return True


def _replace(path: Path, text: str) -> Path:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, "utf-8")
    if path.exists():
        shutil.copy2(path, path.with_name(f"{path.name}.old"))
    fresh.replace(path)  # at once: there is always one config.toml, and a whole one
    return path


def _writable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{text!r} is not valid Unicode.", remedy="Type it as UTF-8.") from error
    return text
