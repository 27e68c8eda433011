"""The figures that the model cards and the docs state, on real data (KRASAE_DATA)."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import copying
from nlp.duplicates import duplicate_key
from nlp.sentiment import LinearModel
from nlp.text import normalise
from nlp.tokens import Tokenizer
from nlp.training import sentiment as training

pytest.importorskip("sklearn", reason="training needs krasae[train]")


def test_wisesight_valid(krasae_data: Path) -> None:
    _, held_out = training.wisesight(krasae_data, training.THAI.labels)
    found = training.measured(LinearModel.shipped("th"), held_out)
    assert found["accuracy"] >= 0.725
    assert found["macro_f1"] >= 0.56
    assert found["calibration_error"] <= 0.05


def test_latest_tweets_of_semeval(krasae_data: Path) -> None:
    _, held_out = training.semeval(krasae_data, training.ENGLISH.labels)
    found = training.measured(LinearModel.shipped("en"), held_out)
    assert found["macro_recall"] >= 0.60


def test_copies_by_minhash(krasae_data: Path) -> None:
    posts = copying.stocknet(krasae_data)
    found = copying.measured(posts, copying.copies(posts), copying.by_minhash)
    assert found["recall"] >= 0.89
    assert found["precision"] >= 0.999
    assert found["groups_of_the_story"] <= 2


def test_hundreds_of_copies_share_a_key(krasae_data: Path) -> None:
    tokenizer = Tokenizer()
    copies, keys = set(), set()
    with gzip.open(
        krasae_data / "stocknet" / "tweets_2014.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        for row in map(json.loads, file):
            if row["text"].startswith("RT @NewYorkCittyy: $AMZN") and "$GRPN" in row["text"]:
                copies.add(row["id"])
                keys.add(duplicate_key(tokenizer.tokens(normalise(row["text"]))))
    assert len(copies) > 900
    assert len(keys) <= 2
    assert 0 not in keys
