"""Ways to reach people: one file each, found by its name.

A channel is one file here, or another package's entry point in the group
`krasae.channels`. The file has a pydantic section `Options` and a function
`connect(options, context) -> Channel`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import ValidationError

from alerts.message import Message
from alerts.settings import ChannelSettings
from listener.errors import SettingsError
from listener.plugs import Plugs
from listener.refusals import in_one_line, in_words

PLUGS = Plugs("channel", "alerts.channels", "krasae.channels", has=("Options", "connect"))


class Channel(Protocol):
    """One way to reach people."""

    def send(self, message: Message) -> None:
        """Deliver a message. Raises ChannelError, whose text holds no secret.

        The same message may come again after a crash: `message.key` says that it is one.
        """
        ...


@runtime_checkable
class KeepsFiles(Protocol):
    """A channel that writes messages to files says where, so that an erasure finds them."""

    def files(self, message: Message) -> Sequence[Path]:
        """The files that this message is written to."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a channel is given besides its options: the workspace's folder."""

    folder: Path


def connect(settings: ChannelSettings, context: Context) -> Channel:
    """The channel of a `[[channels]]` section. Raises SettingsError or PlugError."""
    plug = PLUGS.load(settings.type)
    try:
        options = plug.Options.model_validate(dict(settings.options))
    except ValidationError as error:
        # Without what was given: it may be a secret.
        found = in_words(error.errors(include_url=False, include_input=False), plug.Options)
        raise SettingsError(
            f"Channel {settings.name}: its options cannot be used: {in_one_line(found)}",
            remedy=f"Correct config.toml; {settings.type} has the options: "
            f"{', '.join(plug.Options.model_fields)}.",
        ) from error
    channel: Channel = plug.connect(options, context)
    return channel
