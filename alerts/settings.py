"""The alerts room's sections of config.toml."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from listener.settings import Section, Slug


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(f'expected a time of day like "08:30", not "{text}"')
    return text


TimeOfDay = Annotated[str, AfterValidator(_clock)]


class AlertSettings(Section):
    """`[alerts]`: what opens an issue in the community manager's queue."""

    issue_min_followers: int = Field(
        default=10_000, ge=0, description="followers from which a negative post opens an issue"
    )
    issue_min_probability: float = Field(
        default=0.8, ge=0, le=1, description="how sure, 0 to 1, that such a post is negative"
    )


class DigestSettings(Section):
    """`[digest]`: the morning's page."""

    hour: TimeOfDay = Field(
        default="08:30", description="when the day is summed up, in the workspace's time zone"
    )
    language: Literal["th", "en"] | None = Field(
        default=None,
        description="its language, where it is not the workspace's",
        examples=["th"],
    )


class ChannelSettings(Section):
    """`[[channels]]`: one way to reach people; `options` are checked by the channel itself."""

    name: Slug = Field(description="what you call it", examples=["team"])
    type: Slug = Field(description="which kind of channel it is", examples=["folder"])
    min_severity: int = Field(
        default=1, ge=1, le=10, description="severity, 1 to 10, from which it is told"
    )
    options: Mapping[str, Any] = Field(
        default_factory=dict,
        description='what this kind of channel needs to know; "env:NAME" is a secret from .env',
        examples=[{"path": "messages"}],
    )
