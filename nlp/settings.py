"""The `[nlp]` section of config.toml."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from listener.settings import Section
from nlp.model import EntityKind

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
    entities: Mapping[EntityKind, tuple[str, ...]] = Field(
        default_factory=dict,
        description="your own names by kind (brand, product, person, place, organisation), such as "
        '{ product = ["GON Box"] }; the Thai tokenizer does not split them; of three letters or '
        "fewer they are found only as written here",
    )
    spacy_pipeline: str | None = Field(
        default=None,
        examples=["en_core_web_sm"],
        description="a trained spaCy pipeline that is installed, by name, or the path of its "
        "folder: people, places, organisations and products that it finds are added",
    )
    embedding: str = Field(
        default="shipped",
        description='how texts become points for topics: "shipped" (Thai and English, fast), '
        '"minilm" (English, needs krasae[embeddings]), or the name or folder of a '
        "sentence-transformers model, which is fetched when it is not on this machine",
    )
