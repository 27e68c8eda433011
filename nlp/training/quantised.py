"""Make a fast folder of a sentence-transformers model: ONNX, with eight-bit weights.

    python -m nlp.training.quantised --out FOLDER [--model minilm]

Then `[nlp] embedding = "FOLDER"`. Needs krasae[train,embeddings]; nothing is fetched unless a model
is named that is not on this machine. docs/models/embedding.md says what is gained and lost.
"""

import argparse
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from nlp.onnx_model import NETWORK, TOKENIZER
from nlp.sentence_model import MINILM, SentenceModel

_OPSET = 17
_LONGEST = 512  # tokens, where a model does not say


def main() -> int:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--model", default=MINILM, help="minilm, or a model's name or folder")
    args = parser.parse_args()
    quantise(SentenceModel(args.model), args.out)
    size = sum(file.stat().st_size for file in args.out.iterdir())
    print(f'{args.out}: {size / 1e6:.1f} MB. Use it: [nlp] embedding = "{args.out}"')
    return 0


def quantise(model: SentenceModel, folder: Path) -> None:
    """Write what OnnxModel reads: the whole model, from tokens to one row per text."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as passing:
        export(model, Path(passing))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(passing) / TOKENIZER, folder)
        # One scale per column: with one per matrix, the mean cosine is .95 in place of .99.
        quantize_dynamic(
            Path(passing) / NETWORK,
            folder / NETWORK,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )


def export(model: SentenceModel, folder: Path) -> None:
    """Write the same with the weights as they are; `folder` exists."""
    sentences = model.model
    tokenizer = sentences.tokenizer.backend_tokenizer
    tokenizer.enable_truncation(int(sentences.max_seq_length or _LONGEST))
    tokenizer.no_padding()
    tokenizer.save(str(folder / TOKENIZER))
    _network(sentences, folder / NETWORK)


def _network(sentences: Any, path: Path) -> None:
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.sentences = sentences

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            given = {"input_ids": input_ids, "attention_mask": attention_mask}
            return self.sentences(given)["sentence_embedding"]

    ids = torch.ones((2, 8), dtype=torch.long)
    sizes = {0: "texts", 1: "tokens"}
    names = ["input_ids", "attention_mask"]
    with warnings.catch_warnings():
        # The exporter that needs no further package is the older one, and says so at length.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(),
            (ids, ids),
            str(path),
            input_names=names,
            output_names=["rows"],
            dynamic_axes={**dict.fromkeys(names, sizes), "rows": {0: "texts"}},
            opset_version=_OPSET,
            dynamo=False,
        )


if __name__ == "__main__":
    sys.exit(main())
