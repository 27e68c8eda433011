"""The `[trends]` section of config.toml."""

from pydantic import Field

from listener.settings import Section


class TrendSettings(Section):
    """`[trends]`: how often you want to be disturbed, and how time is cut."""

    alarms_per_week: float = Field(
        default=3.0, gt=0, le=700, description="how many alerts a week you want at most"
    )
    bucket_minutes: int = Field(
        default=60, ge=5, le=1440, description="minutes that are counted together"
    )
    lateness_minutes: int = Field(
        default=15, ge=0, le=1440, description="minutes to wait for posts that come late"
    )
