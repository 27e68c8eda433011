"""Words of both languages that name nothing."""

import tomllib
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """spaCy's English and PyThaiNLP's Thai list, corrected by `data/stopwords.toml`; casefolded."""
    from pythainlp.corpus import thai_stopwords
    from spacy.lang.en.stop_words import STOP_WORDS

    ours = _lists()
    english = (frozenset(STOP_WORDS) | ours["english"]) - ours["english_kept"]
    return english | ((frozenset(thai_stopwords()) | ours["thai"]) - ours["thai_kept"])


def short_words() -> frozenset[str]:
    """Thai words of two letters that mean something by themselves."""
    return _lists()["thai_short"]


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    source = resources.files("nlp").joinpath("data/stopwords.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(source).items()}
