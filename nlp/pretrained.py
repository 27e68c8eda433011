"""Models that others trained: where they are on this machine, and what is said when they fail.

A name is a folder, or that of a model on huggingface.co. Only what is named and is not on this
machine is fetched; what is here is loaded without asking the network anything.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from listener.errors import SettingsError

EXTRA = "Install it: pip install 'krasae[embeddings]' (torch comes with it, some 700 MB)."
_ABOUT = ("config.json", "modules.json")
_NAME = re.compile(r"(?:[\w-][\w.-]*/)?[\w-][\w.-]*", re.ASCII)
_WEIGHTS = ("*.safetensors", "*.bin")
_BY_DEFAULT = "sentence-transformers/"  # whose a name without an owner may be


def folder_of(name: str) -> Path | None:
    """The folder of that model on this machine, if it is there; nothing is fetched."""
    if Path(name).is_dir():
        return Path(name)
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:  # krasae[embeddings] is not installed: nothing was ever fetched
        return None

    for full in _names(name):
        for file in _ABOUT:
            try:
                found = try_to_load_from_cache(full, file)
            except HFValidationError:
                return None
            if isinstance(found, str) and _is_whole(Path(found).parent):
                return Path(found).parent
    return None


def is_name(name: str) -> bool:
    """Whether it can be the name of a model on huggingface.co, and not only a folder."""
    return bool(_NAME.fullmatch(name))


def size_of(folder: Path) -> int:
    """How many bytes a model's files have."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@contextmanager
def loading(what: str, name: str, *, remedy: str) -> Iterator[str]:
    """From where to load a model; what goes wrong meanwhile is a SettingsError about `what`.

    `what` is such as 'The embedding "minilm" ([nlp] embedding)'. Libraries are silent, unless
    they fetch: that takes long, and their bars show how long.
    """
    try:
        from httpx import HTTPError
        from huggingface_hub.errors import EntryNotFoundError
        from safetensors import SafetensorError
        from transformers.utils import logging
    except ImportError as error:
        raise SettingsError(
            f"{what} needs sentence-transformers, which is not installed.", remedy=EXTRA
        ) from error
    folder = folder_of(name)
    voice: Any = logging
    level, bars = voice.get_verbosity(), voice.is_progress_bar_enabled()
    voice.set_verbosity_error()
    if folder is not None:
        voice.disable_progress_bar()
    try:
        if folder is None:
            _reach(name)
        yield str(folder or name)
    except (OSError, ValueError, LookupError, ImportError, RuntimeError, TypeError) as error:
        raise _failed(what, error, remedy) from error
    except (HTTPError, EntryNotFoundError, SafetensorError) as error:
        raise _failed(what, error, remedy) from error
    finally:
        voice.set_verbosity(level)
        if bars:
            voice.enable_progress_bar()


def _names(name: str) -> tuple[str, ...]:
    return (name,) if "/" in name else (name, _BY_DEFAULT + name)


def _is_whole(folder: Path) -> bool:
    return any(next(folder.rglob(pattern), None) for pattern in _WEIGHTS)


def _reach(name: str) -> None:
    """Fetch the smallest part of a model first: where there is no network, that is told once."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    *others, last = _names(name)
    for full in (*others, last):
        try:
            hf_hub_download(full, _ABOUT[0])
            return
        except HFValidationError as error:
            raise ValueError("there is no such folder") from error
        except LocalEntryNotFoundError as error:
            raise OSError(
                "it is not on this machine, and huggingface.co is out of reach"
            ) from error
        except RepositoryNotFoundError:
            if full == last:
                raise
        except EntryNotFoundError:
            return  # there is such a model; it describes itself in another file


def _failed(what: str, error: Exception, remedy: str) -> SettingsError:
    why = str(error).strip().partition("\n")[0] or type(error).__name__
    return SettingsError(f"{what} cannot be loaded: {why.rstrip('.')}.", remedy=remedy)
