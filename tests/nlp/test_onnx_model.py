"""A sentence-transformers model made fast: it says nearly the same, and each text by itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from listener.errors import SettingsError
from nlp.embeddings import embedding
from nlp.onnx_model import NETWORK, TOKENIZER, OnnxModel, is_quantised
from tests.nlp.tiny import tiny_bert

WHY = "needs krasae[embeddings,train] (torch, sentence-transformers, onnx, onnxruntime)"
for package in ("torch", "sentence_transformers", "onnx", "onnxruntime"):
    pytest.importorskip(package, reason=WHY)

TEXTS = ["abc", "", "jih gfe", "a b c d e f g h i j " * 30, "!!!", "bad"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A tiny model, and what was made of it."""
    from nlp.sentence_model import SentenceModel
    from nlp.training.quantised import quantise

    folder = tmp_path_factory.mktemp("quantised")
    whole = tiny_bert(folder / "whole")
    quantise(SentenceModel(str(whole)), folder / "small")
    yield whole, folder / "small"


def test_it_says_nearly_the_same(folders: tuple[Path, Path]) -> None:
    whole, small = (embedding(str(folder)) for folder in folders)
    assert isinstance(small, OnnxModel)
    assert small.dimensions == whole.dimensions == 8
    rows, theirs = small.encode(TEXTS), whole.encode(TEXTS)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1, 1, 1, 1], abs=1e-5)
    cosines = (rows * theirs).sum(axis=1)
    assert cosines[[0, 2, 3, 4, 5]].min() > 0.95


def test_a_batch_is_its_texts(folders: tuple[Path, Path]) -> None:
    model = OnnxModel(str(folders[1]))
    together = model.encode(TEXTS)
    assert np.array_equal(together[::-1], model.encode(TEXTS[::-1]))
    for row, text in zip(together, TEXTS, strict=True):
        assert np.array_equal(row, model.encode([text])[0])
    assert model.encode([]).shape == (0, 8)


@pytest.mark.parametrize("file", [NETWORK, TOKENIZER])
@pytest.mark.parametrize("content", [b"", b"nothing of the kind"])
def test_a_damaged_folder_is_told(
    folders: tuple[Path, Path], tmp_path: Path, file: str, content: bytes
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folders[1], broken)
    (broken / file).write_bytes(content)
    assert is_quantised(str(broken))
    with pytest.raises(SettingsError, match=r"cannot be loaded: .+") as caught:
        embedding(str(broken))
    assert "nlp.training.quantised" in str(caught.value.remedy)
