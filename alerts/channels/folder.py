"""Writes every message into a folder: a .txt for people and a .json for programs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from alerts.errors import ChannelError
from alerts.message import Message
from listener.settings import Section

if TYPE_CHECKING:
    from alerts.channels import Context


class Options(Section):
    """Options of a `folder` channel; a relative path is relative to config.toml."""

    path: Path


class Folder:
    """One folder. A message that comes again overwrites its own files."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: Message) -> None:
        """Write the message's two files, each whole or not at all; the .json last."""
        name = re.sub(r"[^0-9A-Za-z-]+", "-", message.key)
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            text = f"{message.title}\n\n{message.text}"
            self._write(f"{name}.txt", text.encode())
            self._write(f"{name}.json", orjson.dumps(message.values, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise ChannelError(
                f"{self._path} cannot be written: {error.strerror}.",
                remedy="Give this user write permission to it, or free some space.",
            ) from error

    def _write(self, name: str, content: bytes) -> None:
        part = self._path / f".{name}.part"
        part.write_bytes(content)
        part.replace(self._path / name)


def connect(options: Options, context: "Context") -> Folder:
    """The folder that the options name."""
    return Folder(context.folder / options.path)
