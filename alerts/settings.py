"""The alerts room's sections of config.toml."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from listener.settings import Section, Slug


class AlertSettings(Section):
    """`[alerts]`: what opens an issue in the community manager's queue."""

    issue_min_followers: int = Field(default=10_000, ge=0)
    issue_min_probability: float = Field(default=0.8, ge=0, le=1)


class DigestSettings(Section):
    """`[digest]`: the morning's page."""

    hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:30"
    language: Annotated[str, Field(pattern="^(th|en)$")] | None = None


class ChannelSettings(Section):
    """`[[channels]]`: one way to reach people; `options` are checked by the channel itself."""

    name: Slug
    type: Slug
    min_severity: int = Field(default=1, ge=1, le=10)
    options: Mapping[str, Any] = Field(default_factory=dict)
