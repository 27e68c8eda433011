"""Writes every message into a folder: a .txt for people and a .json for programs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import Field

from alerts.errors import ChannelError
from alerts.message import Message
from listener.settings import Section

if TYPE_CHECKING:
    from alerts.channels import Context


class Options(Section):
    """Options of a `folder` channel; a relative path is relative to config.toml."""

    path: Path = Field(description="the folder to write to", examples=["alerts"])


class Folder:
    """One folder. A message that comes again overwrites its own files."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self, message: Message) -> tuple[Path, Path]:
        """The text and the JSON of a message, named after its key."""
        name = re.sub(r"[^0-9A-Za-z-]+", "-", message.key)
        return self._path / f"{name}.txt", self._path / f"{name}.json"

    def send(self, message: Message) -> None:
        """Write the message's two files, each whole or not at all; the .json last."""
        text, values = self.files(message)
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            _write(text, f"{message.title}\n\n{message.text}".encode())
            _write(values, orjson.dumps(message.values, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise ChannelError(
                f"{self._path} cannot be written: {error.strerror}.",
                remedy="Give this user write permission to it, or free some space.",
            ) from error


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def connect(options: Options, context: "Context") -> Folder:
    """The folder that the options name."""
    return Folder(context.folder / options.path)
