"""The listener's sections of config.toml, and the base of every section."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from listener.errors import QuerySyntaxError


class Section(BaseModel):
    """Base of every section: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


def _parsed(query: str) -> str:
    from listener.query import parse

    try:
        parse(query)
    except QuerySyntaxError as error:
        raise ValueError(str(error)) from error
    return query


class BrandSettings(Section):
    """`[[brands]]`: a brand to listen for, one's own or a competitor's."""

    id: Slug
    name: str = Field(min_length=1)
    query: Annotated[str, Field(min_length=1), AfterValidator(_parsed)]
    own: bool = False


class AuthorSettings(Section):
    """`[authors]`: how authors are kept."""

    hash: bool = True


class SourceSettings(Section):
    """`[[sources]]`: one place to listen to; `options` are checked by the source itself."""

    name: Slug
    type: Slug
    options: Mapping[str, Any] = Field(default_factory=dict)


class RetentionSettings(Section):
    """`[retention]`: how long mentions are kept, in days; per platform where it differs."""

    days: int = Field(default=730, ge=1)
    platforms: Mapping[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)


class WorkspaceSettings(Section):
    """`[workspace]`: what everything else happens in."""

    name: str = Field(min_length=1)
    timezone: str = "Asia/Bangkok"
    language: Annotated[str, Field(pattern="^(th|en)$")] = "en"
    database: Path = Path("krasae.db")
