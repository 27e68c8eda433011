"""A larger model by one line: `krasae classify`, `models`, `doctor` and `learn` know of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krasae import doctor
from krasae.health import Check, Outcome
from krasae.settings import load_settings
from tests.nlp.tiny import tiny_bert

Command = Callable[..., Any]

WHY = "needs krasae[embeddings] (torch, transformers)"
pytest.importorskip("torch", reason=WHY)
pytest.importorskip("sentence_transformers", reason=WHY)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of two models: one that classifies, one that does not."""
    folder = tmp_path_factory.mktemp("models")
    tiny_bert(folder / "feels", ("neg", "neu", "pos"))
    tiny_bert(folder / "points")
    return folder


def configured(workspace_folder: Path, lines: str) -> Path:
    path = workspace_folder / "config.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[nlp]\n{lines}\n", "utf-8")
    return path


def checks(path: Path) -> dict[str, Check]:
    settings = load_settings(path, {})
    found = [doctor._models(settings), *doctor._embedding(settings)]
    return {check.name: check for check in found}


def test_classify_asks_it(
    krasae: Command, workspace_folder: Path, tiny: Path, tmp_path: Path
) -> None:
    path = configured(workspace_folder, f'sentiment = "{tiny / "feels"}"')
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "I love this phone"}\n{"text": "I hate this phone"}\n', "utf-8")
    rows = [json.loads(line) for line in krasae("classify", file, "-c", path).out.splitlines()]
    plain = [json.loads(line) for line in krasae("classify", file).out.splitlines()]
    assert [row["sentiment"] for row in plain] == ["positive", "negative"]
    by_chance = {row["sentiment_probability"] for row in rows}
    assert by_chance != {row["sentiment_probability"] for row in plain}


def test_models_lists_them(krasae: Command, workspace_folder: Path, tiny: Path) -> None:
    feels, points = str(tiny / "feels"), str(tiny / "points")
    path = configured(
        workspace_folder, f'sentiment = {{ th = "{feels}", en = "no/one" }}\nembedding = "{points}"'
    )
    found = {row["name"]: row for row in json.loads(krasae("models", "--json", "-c", path).out)}
    assert (found[feels]["task"], found[feels]["language"]) == ("sentiment", "th")
    assert found[feels]["bytes"] > 1000
    assert found[feels]["card"] == feels  # there is no README.md in it
    assert found[points]["task"] == "embedding"
    assert "fetched when it is first used" in found["no/one"]["source"]
    here = json.loads(krasae("models", "--json", cwd=path.parent).out)
    assert {row["name"] for row in here} == set(found)


def test_the_doctor_loads_them(workspace_folder: Path, tiny: Path) -> None:
    path = configured(
        workspace_folder, f'sentiment = "{tiny / "feels"}"\nembedding = "{tiny / "points"}"'
    )
    found = checks(path)
    assert {check.outcome for check in found.values()} == {Outcome.OK}
    assert "8 dimensions" in found["embedding"].message


def test_the_doctor_says_what_cannot_be_loaded(workspace_folder: Path, tiny: Path) -> None:
    path = configured(
        workspace_folder, f'sentiment = "{tiny / "points"}"\nembedding = "{tiny / "no where"}"'
    )
    found = checks(path)
    assert {check.outcome for check in found.values()} == {Outcome.FAIL}
    assert "was not trained to classify" in found["models"].message
    assert "there is no such folder" in found["embedding"].message
    assert all(check.remedy for check in found.values())


def test_the_doctor_fetches_nothing(workspace_folder: Path) -> None:
    path = configured(workspace_folder, 'sentiment = "no/one"\nembedding = "no/one-either"')
    found = checks(path)
    assert {check.outcome for check in found.values()} == {Outcome.WARN}
    assert all("fetched when it is first used" in check.message for check in found.values())


def test_learning_says_that_it_is_not_taught(
    krasae: Command, workspace_folder: Path, tiny: Path
) -> None:
    from krasae.workspace import open_workspace

    path = configured(workspace_folder, f'sentiment = {{ th = "{tiny / "feels"}" }}')
    with open_workspace(path, create=True):
        pass
    said = krasae("learn", "-c", path).err
    assert "Thai sentiment is read by" in said
    assert "corrections do not teach" in " ".join(said.split())
    assert "English sentiment is read by" not in said
