"""The environment: the process's own, over the `.env` file beside config.toml."""

import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from listener.errors import SettingsError

FILE = ".env"


def read_environment(
    folder: Path, environment: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """Variables of `folder`/.env under those of `environment` (the process's own by default).

    A variable that is really set wins. Nothing is interpolated: a secret may hold a `$`.
    """
    real = os.environ if environment is None else environment
    path = folder / FILE
    if not path.exists():
        return dict(real)
    return {**_parsed(path), **real}


def _parsed(path: Path) -> dict[str, str]:
    from dotenv.parser import parse_stream

    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}.", remedy="It must be a UTF-8 file that you may read."
        ) from error
    variables: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            # The line itself is not shown: it may hold a secret.
            raise SettingsError(
                f"{path}, line {binding.original.line}: this is not NAME='value'.",
                remedy="Put values with spaces, quotes or # between single quotes.",
            )
        if binding.key is not None and binding.value is not None:
            variables[binding.key] = binding.value
    return variables
