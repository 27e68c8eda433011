"""config.toml as one typed value, put together from the rooms' sections."""

from pathlib import Path

from pydantic import Field

from alerts.settings import AlertSettings, ChannelSettings, DigestSettings
from listener.settings import (
    AuthorSettings,
    BrandSettings,
    RetentionSettings,
    Section,
    SourceSettings,
    WorkspaceSettings,
)
from nlp.settings import NlpSettings
from trends.settings import TrendSettings


class Settings(Section):
    """All of config.toml."""

    workspace: WorkspaceSettings
    brands: tuple[BrandSettings, ...] = ()
    authors: AuthorSettings = Field(default_factory=AuthorSettings)
    sources: tuple[SourceSettings, ...] = ()
    nlp: NlpSettings = Field(default_factory=NlpSettings)
    trends: TrendSettings = Field(default_factory=TrendSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    channels: tuple[ChannelSettings, ...] = ()
    digest: DigestSettings = Field(default_factory=DigestSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)


def load_settings(path: Path) -> Settings:
    """Read and check a config.toml."""
    import tomllib

    return Settings.model_validate(tomllib.loads(path.read_text("utf-8")))
