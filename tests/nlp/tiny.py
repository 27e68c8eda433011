"""Models that the tests make: BERTs of two layers, chance for weights, letters for words."""

from collections.abc import Sequence
from pathlib import Path

LETTERS = "abcdefghij"


def tiny_bert(folder: Path, labels: Sequence[str] = ()) -> Path:
    """Save one into `folder`: one that classifies if there are labels, else one that does not."""
    import torch
    import transformers

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{x}" for x in LETTERS)]
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=40,
        initializer_range=0.9,  # so that texts differ
    )
    torch.manual_seed(3)
    if labels:
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: at for at, label in enumerate(labels)}
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
    else:
        transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder
