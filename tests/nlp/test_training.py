"""The training script: from a data folder to the files that ship, the same bytes each time."""

import gzip
import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

from nlp.training import sentiment as training
from nlp.training.scores import calibration_error, intervals, report

pytest.importorskip("sklearn", reason="training needs krasae[train]")

THAI = {"pos": "อร่อยชอบดีมาก", "neg": "แย่ห่วยผิดหวัง", "neu": "วันนี้เปิดร้าน", "q": "ราคาเท่าไหร่คะ"}
ENGLISH = {"positive": "love great best", "negative": "hate worst bad", "neutral": "monday office"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A little made-up data in the form of the real."""
    chance = random.Random(1)
    (tmp_path / "wisesight").mkdir()
    for name in ("train", "valid"):
        with gzip.open(tmp_path / "wisesight" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            for _ in range(120):
                label = chance.choice(list(THAI))
                row = {"text": f"{THAI[label]} {chance.randrange(100)}", "label": label}
                file.write(json.dumps(row) + "\n")
    (tmp_path / "semeval2017").mkdir()
    path = tmp_path / "semeval2017" / "subtask_a_train.tsv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number in range(240):
            label = chance.choice(list(ENGLISH))
            words = chance.sample(ENGLISH[label].split(), 2)
            file.write(f"{10**9 - number}\t{label}\tit is {' '.join(words)} news\n")
    return tmp_path


@pytest.fixture
def train(data: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(training, "HELD_OUT_TWEETS", 60)
    monkeypatch.setattr(training, "FOLDS", 2)

    def run(out: Path, *more: str) -> None:
        out.mkdir()
        arguments = ["training", "--data", str(data), "--out", str(out), *more]
        monkeypatch.setattr(sys, "argv", arguments)
        training.main()

    return run


def test_the_same_data_gives_the_same_files(train, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    train(tmp_path / "one")
    train(tmp_path / "two", "--only", "th")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        f"sentiment_{name}.{kind}" for name in ("en", "th") for kind in ("json", "npz")
    ]
    again = sorted(path.name for path in (tmp_path / "two").iterdir())
    assert again == names[2:]
    for name in again:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    card = json.loads((tmp_path / "one" / "sentiment_th.json").read_text("utf-8"))
    assert card["labels"] == ["negative", "neutral", "positive", "question"]
    assert card["held_out"]["accuracy"] > 0.9
    assert card["trained_on"] == 120


def test_the_latest_tweets_are_held_out(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "HELD_OUT_TWEETS", 60)
    rest, held_out = training.semeval(data, ("negative", "neutral", "positive"))
    assert (len(rest.texts), len(held_out.texts)) == (180, 60)


def test_the_shipped_form_gives_what_was_trained(train, data: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    train(tmp_path / "out", "--only", "th")
    card = json.loads((tmp_path / "out" / "sentiment_th.json").read_text("utf-8"))
    with np.load(tmp_path / "out" / "sentiment_th.npz", allow_pickle=False) as arrays:
        weights = np.zeros((training.SIZE, 4), np.float32)
        weights[arrays["features"]] = arrays["weights"]
    model = training.LinearModel(weights, card)
    _, held_out = training.wisesight(data, training.THAI.labels)
    assert training.measured(model, held_out) == card["held_out"]


def test_scores() -> None:
    labels, chosen = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9]])
    found = report(labels, chosen, chances)
    assert found["accuracy"] == 0.75
    assert found["macro_recall"] == 0.75
    assert found["macro_f1"] == round((2 / 3 + 0.8) / 2, 4)


def test_calibration_error_of_a_model_that_is_as_sure_as_right() -> None:
    labels = np.array([0, 0, 0, 1])
    sure = np.full((4, 2), [0.75, 0.25])
    assert calibration_error(labels, np.zeros(4, int), sure) == 0
    assert calibration_error(labels, np.zeros(4, int), np.full((4, 2), [1.0, 0])) == 0.25


def test_an_interval_holds_the_measure() -> None:
    labels = np.array([0, 1] * 100)
    chosen = np.array([0, 1] * 80 + [1, 0] * 20)
    low, high = intervals(labels, chosen, 2)["accuracy"]
    assert 0.7 < low < 0.8 < high < 0.9
