"""The listener's sections of config.toml, and the base of every section."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from listener.errors import QuerySyntaxError


class Section(BaseModel):
    """Base of every section: unknown keys are refused, values never change.

    A field's description is a phrase in words: it is printed in config.toml, in the
    settings reference and in errors ("expected ...").
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text, re.ASCII):
        raise ValueError(
            f'expected at most 64 of a-z, 0-9, "-" and "_", a letter or digit first, not "{text}"'
        )
    return text


def _parsed(query: str) -> str:
    from listener.query import parse

    try:
        parse(query)
    except QuerySyntaxError as error:
        raise ValueError(str(error)) from error
    return query


def _secret(value: object) -> object:
    if isinstance(value, str):
        raise ValueError('it is a secret: write "env:NAME" here, and NAME=... into .env')
    return value


def _web(address: str) -> str:
    if not re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", address):
        raise ValueError("expected an address such as https://hooks.example.org")
    return address


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        near = _near_zone(name)
        hint = f"did you mean {near}?" if near else "expected one like Asia/Bangkok"
        raise ValueError(f'there is no time zone "{name}"; {hint}') from error
    return name


def _near_zone(name: str) -> str | None:
    zones = available_timezones()
    by_word = {zone.casefold(): zone for zone in sorted(zones)}
    by_word |= {zone.rpartition("/")[2].casefold(): zone for zone in sorted(zones) if "/" in zone}
    found = get_close_matches(name.strip().replace(" ", "_").casefold(), by_word, n=1, cutoff=0.7)
    return by_word[found[0]] if found else None


Slug = Annotated[str, AfterValidator(_slug)]
TimeZone = Annotated[str, AfterValidator(_zone)]
# A secret of an option: "env:NAME" in config.toml arrives as one, and anything else is refused.
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
WebAddress = Annotated[str, AfterValidator(_web)]
Query = Annotated[str, Field(min_length=1), AfterValidator(_parsed)]


class WorkspaceSettings(Section):
    """`[workspace]`: what everything else happens in."""

    name: str = Field(min_length=1, description="what you call this workspace")
    timezone: TimeZone = Field(
        default="Asia/Bangkok",
        description="the time zone of your days, and of files whose times name none",
    )
    language: Literal["th", "en"] = Field(
        default="en", description='the language that Krasae writes to you in, "th" or "en"'
    )
    database: Path = Field(
        default=Path("krasae.db"), description="the database file, seen from this file's folder"
    )


class BrandSettings(Section):
    """`[[brands]]`: a brand to listen for, one's own or a competitor's; one section each."""

    id: Slug = Field(
        description="a short name for commands and links; do not change it later",
        examples=["my-brand"],
    )
    name: str = Field(min_length=1, description="the name that people read", examples=["My Brand"])
    query: Query = Field(
        description='what finds it, such as "Bar B Q" OR บาร์บีคิวพลาซ่า -giveaway',
        examples=['"my brand" OR #mybrand'],
    )
    own: bool = Field(default=False, description="true for your own brand, false for a competitor")


class AuthorSettings(Section):
    """`[authors]`: how authors are kept."""

    hash: bool = Field(
        default=True,
        description="keep authors under a keyed hash only; false keeps their names as well",
    )


class SourceSettings(Section):
    """`[[sources]]`: one place to listen to; `options` are checked by the source itself."""

    name: Slug = Field(description="what you call it", examples=["news"])
    type: Slug = Field(description="which kind of source it is", examples=["feeds"])
    options: Mapping[str, Any] = Field(
        default_factory=dict,
        description='what this kind of source needs to know; "env:NAME" is a secret from .env',
        examples=[{"addresses": ["https://example.org/feed.xml"]}],
    )


class ReceiverSettings(Section):
    """`[receiver]`: the door for platforms that call us; it opens when a source receives."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="the address of this machine to listen at; a proxy with TLS stands before it",
    )
    port: int = Field(
        default=8460, ge=0, le=65_535, description="the port; 0 takes any that is free"
    )
    public: WebAddress | None = Field(
        default=None,
        description="how the outside world reaches the proxy; it is shown, and no more",
        examples=["https://hooks.example.org"],
    )
    body_kib: int = Field(
        default=1024, ge=16, le=65_536, description="KiB that the body of a call may have"
    )
    connections: int = Field(
        default=64, ge=1, le=1000, description="calls at the same time; more are told to come again"
    )
    waiting: int = Field(
        default=10_000,
        ge=1,
        description="deliveries of a source that may wait to be taken in; more are told to come "
        "again",
    )


class RetentionSettings(Section):
    """`[retention]`: how long mentions are kept; `krasae expire` erases what is older."""

    days: int = Field(default=730, ge=1, description="days that mentions are kept")
    platforms: Mapping[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict,
        description="days per platform where it differs, such as { youtube = 30 }",
    )
