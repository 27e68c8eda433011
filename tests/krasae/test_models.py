"""`krasae models`: every model that ships, with its size, scores and a card that is there."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

Command = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def test_what_is_installed(krasae: Command) -> None:
    found = {model["name"]: model for model in json.loads(krasae("models", "--json").out)}
    files = [file.name for file in resources.files("nlp").joinpath("models").iterdir()]
    shipped = {name.partition(".")[0] for name in files}
    assert shipped <= set(found)
    for name, model in found.items():
        assert (ROOT / model["card"]).is_file(), f"{name} has no card"
        assert model["source"]
    thai = found["sentiment_th"]
    assert (thai["task"], thai["language"], thai["source"]) == ("sentiment", "th", "Krasae")
    assert 1e6 < thai["bytes"] < 25e6
    assert 0.7 < thai["scores"]["accuracy"] < 1
    assert found["lid.176.ftz"]["bytes"] > 500_000


def test_the_table(krasae: Command) -> None:
    out = krasae("models").out
    assert "sentiment_th" in out
    assert "macro-F1" in out
    assert "Wisesight" in out
