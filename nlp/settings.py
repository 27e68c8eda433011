"""The `[nlp]` section of config.toml."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from listener.settings import Section
from nlp.model import EntityKind

RiskName = Literal["safety", "fraud", "privacy", "outage", "boycott", "legal"]
SentimentClass = Literal["negative", "neutral", "positive", "question"]
ReadLanguage = Literal["th", "en"]
ModelName = Annotated[str, Field(min_length=1)]
SHIPPED = "shipped"


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
    sentiment: ModelName | Mapping[ReadLanguage, ModelName] = Field(
        default=SHIPPED,
        description='what hears how a text sounds: "shipped", or the name or folder of a '
        "transformers text-classification model (needs krasae[embeddings]; slower), which is "
        'fetched when it is not on this machine; for one language alone { th = "..." }',
    )
    sentiment_labels: Mapping[str, SentimentClass] = Field(
        default_factory=dict,
        description="what the labels of that model mean (negative, neutral, positive, question), "
        'where their names do not say it, such as { LABEL_0 = "negative", LABEL_1 = "positive" }',
    )
    embedding: str = Field(
        default=SHIPPED,
        description='how texts become points for topics: "shipped" (Thai and English, fast), '
        '"minilm" (English, needs krasae[embeddings]), or the name or folder of a '
        "sentence-transformers model, which is fetched when it is not on this machine",
    )
    topic_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="days of a brand's posts, counted back from its newest, in which its topics "
        "are looked for",
    )

    def sentiment_models(self) -> dict[str, str]:
        """The name of the sentiment model by language; "shipped" where none is named."""
        named = self.sentiment
        if isinstance(named, str):
            return dict.fromkeys(get_args(ReadLanguage), named)
        return {language: named.get(language, SHIPPED) for language in get_args(ReadLanguage)}
