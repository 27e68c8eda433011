"""MiniLM by torch and by onnxruntime, whole and with eight-bit weights: speed and likeness.

    python -m benchmarks.minilm DATA [--posts 300] [--json]

Prints posts a second of the clock and of one processor, on StockNet, Hacker News and Wisesight,
and the mean cosine to MiniLM as it is. What needs krasae[train] (onnx) is left out without it.
"""

import argparse
import copy
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.embedding import rows_of
from listener.errors import SettingsError
from nlp.embeddings import Embedding
from nlp.onnx_model import OnnxModel
from nlp.sentence_model import MINILM, SentenceModel

SETS = {
    "StockNet": ("stocknet/tweets_2014.jsonl.gz", "text"),
    "Hacker News": ("hackernews/stories_2016_2018.jsonl.gz", "title"),
    "Wisesight": ("wisesight/train.jsonl.gz", "text"),
}


def ways(model: SentenceModel) -> Iterator[tuple[str, Embedding]]:
    """Each way of running it, the first as it is."""
    import torch

    for threads in (1, 2):
        torch.set_num_threads(threads)
        yield f"torch, {threads} thread{'s' * (threads > 1)}", model
    torch.set_num_threads(1)
    small = copy.copy(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is about to leave this to another package
        small.model = torch.ao.quantization.quantize_dynamic(
            copy.deepcopy(model.model), {torch.nn.Linear}, dtype=torch.qint8
        )
    yield "torch, int8, 1 thread", small
    if find_spec("onnx") is None:
        print("ONNX is left out: it needs krasae[train].", file=sys.stderr)
        return
    from nlp.training.quantised import export, quantise

    with tempfile.TemporaryDirectory() as folder:
        export(model, Path(folder))
        yield "ONNX, 1 thread", OnnxModel(folder)
        quantise(model, Path(folder))
        yield "ONNX, int8, 1 thread", OnnxModel(folder)


def measured(
    one: Embedding, texts: list[str], rows: Any | None
) -> tuple[Any, dict[str, float | None]]:
    one.encode(texts[:20])
    clock, processor = time.perf_counter(), time.process_time()
    found = one.encode(texts)
    seconds, busy = time.perf_counter() - clock, time.process_time() - processor
    cosine = None if rows is None else float((found * rows).sum(axis=1).mean())
    return found, {
        "posts/s": round(len(texts) / seconds),
        "posts/s of processor": round(len(texts) / busy),
        "cosine": None if cosine is None else round(cosine, 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        model = SentenceModel(MINILM)
    except SettingsError as error:
        print(f"Left out. {error}", file=sys.stderr)
        return 0
    texts = {
        name: [row[field] for row in rows_of(args.data / path)[: 2 * args.posts] if row[field]]
        for name, (path, field) in SETS.items()
    }
    as_it_is: dict[str, Any] = {}
    report: dict[str, dict[str, Any]] = {}
    for way, one in ways(model):
        report[way] = {}
        for name, some in texts.items():
            rows, found = measured(one, some[: args.posts], as_it_is.get(name))
            as_it_is.setdefault(name, rows)
            report[way][name] = found
            if not args.json:
                print(f"{way:22} {name:12} {found}", flush=True)
    if args.json:
        print(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
