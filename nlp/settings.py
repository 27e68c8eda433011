"""The `[nlp]` section of config.toml."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from listener.settings import Section

RiskName = Literal["safety", "fraud", "privacy", "outage", "boycott", "legal"]


class NlpSettings(Section):
    """`[nlp]`: how texts are understood."""

    words: tuple[str, ...] = Field(
        default=(), description="brand and product names that the Thai tokenizer must not split"
    )
    risks: Mapping[RiskName, tuple[str, ...]] = Field(
        default_factory=dict,
        description="your own words for a risk (safety, fraud, privacy, outage, boycott, legal), "
        'beside those that come with Krasae, such as { safety = ["wobbl*"] }',
    )
    aspects: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="your own words for an aspect (price, quality, taste, service, staff, delivery "
        'and others), or an aspect of your own, such as { battery = ["battery", "แบต"] }',
    )
