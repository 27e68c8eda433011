"""An embedding that onnxruntime runs, with eight-bit weights: three times as fast as torch.

It is a folder that `python -m nlp.training.quantised` made of a sentence-transformers model: its
network, pooling and all, and its tokenizer. torch is not needed to run it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.errors import SettingsError
from nlp.pretrained import EXTRA
from nlp.text import cut, normalise

NETWORK, TOKENIZER = "model.onnx", "tokenizer.json"


def is_quantised(name: str) -> bool:
    """Whether it is such a folder."""
    return (Path(name) / NETWORK).is_file()


class OnnxModel:
    """Texts by the network in a folder, on one core: threads that wait for each other would
    keep a second one busy for little."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._tokenizer, self._session = _loaded(name)
        self.dimensions = int(self._session.get_outputs()[0].shape[-1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, in order, at unit length; zeros for a text that says nothing.

        One text at a time: eight-bit arithmetic is scaled to all that is in a batch, and no row
        shall depend on other texts. On a processor that costs little.
        """
        found = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            if clean := normalise(cut(text)):
                ids = np.array([self._tokenizer.encode(clean).ids], np.int64)
                given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
                found[row] = self._session.run(None, given)[0][0]
        norms = np.linalg.norm(found, axis=1)
        found /= np.where(norms > 0, norms, 1)[:, None]
        return found


def _loaded(name: str) -> tuple[Any, Any]:
    what = f'The embedding "{name}" ([nlp] embedding)'
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as faults
        from tokenizers import Tokenizer
    except ImportError as error:
        raise SettingsError(f"{what} needs onnxruntime and tokenizers.", remedy=EXTRA) from error
    broken = (faults.Fail, faults.InvalidArgument, faults.InvalidGraph, faults.InvalidProtobuf)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        about = (Path(name) / TOKENIZER).read_text("utf-8")
        json.loads(about)  # tokenizers says of what is none only that something went wrong
        session = onnxruntime.InferenceSession(
            (Path(name) / NETWORK).read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except (OSError, ValueError, RuntimeError, *broken) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        raise SettingsError(
            f"{what} cannot be loaded: {why}.",
            remedy="Make it again: python -m nlp.training.quantised --out FOLDER.",
        ) from error
    return Tokenizer.from_str(about), session
