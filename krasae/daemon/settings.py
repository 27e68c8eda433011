"""The daemon's section of config.toml."""

from typing import Literal

from pydantic import Field

from alerts.settings import TimeOfDay
from listener.settings import Section


class DaemonSettings(Section):
    """`[daemon]`: when `krasae run` does what; the digest's hour is in [digest]."""

    process_seconds: float = Field(
        default=20.0, ge=1, le=3600, description="seconds between two runs of the stages"
    )
    retention_at: TimeOfDay = Field(
        default="04:00",
        description="when what is older than [retention] allows is erased, in the workspace's "
        "time zone",
    )
    topics_at: TimeOfDay | Literal["never"] = Field(
        default="03:30",
        description="when each brand's topics are fitted anew, in the workspace's time zone, or "
        '"never"; needs krasae[topics]',
    )
    catch_up_hours: float = Field(
        default=12.0,
        ge=0,
        le=24,
        description="hours in which a daily job is made up for that was missed while "
        "the machine slept or the daemon stood still",
    )
