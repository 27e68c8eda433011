"""The `[nlp]` section of config.toml."""

from pydantic import Field

from listener.settings import Section


class NlpSettings(Section):
    """`[nlp]`: how texts are understood."""

    words: tuple[str, ...] = Field(
        default=(), description="brand and product names that the Thai tokenizer must not split"
    )
