"""Any of the services that Apprise knows: e-mail, Slack, Teams, Discord, Telegram and the rest."""

import logging
import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, SecretStr

from alerts.errors import ChannelError
from alerts.message import Message
from listener.errors import SettingsError
from listener.settings import Section

if TYPE_CHECKING:
    from alerts.channels import Context

_SHORTEST_SECRET = 4

# What it logs holds the address. Its reasons are in our errors, without it.
logging.getLogger("apprise").propagate = False
logging.getLogger("apprise").setLevel(logging.WARNING)


def _secret(url: object) -> object:
    if not isinstance(url, SecretStr):
        raise ValueError('it holds a password or a token: write "env:NAME", and NAME into .env')
    return url


class Options(Section):
    """Options of an `apprise` channel; its address comes from the environment only."""

    url: Annotated[SecretStr, BeforeValidator(_secret)] = Field(
        description='the Apprise address, as "env:NAME" of a variable that holds it'
    )


class Service:
    """One service behind an Apprise address. Neither the address nor a part of it is ever shown."""

    def __init__(self, url: str) -> None:
        import apprise

        asset = apprise.AppriseAsset(
            storage_mode=apprise.PersistentStoreMode.MEMORY, secure_logging=True
        )
        self._service = apprise.Apprise(asset=asset)
        parts = {*re.split(r"[/:@?&=,\s]+", url), *re.split(r"[/:@?&=,\s]+", unquote(url))}
        self._scheme = url.partition(":")[0]
        self._secrets = sorted(
            (part for part in parts - {self._scheme} if len(part) >= _SHORTEST_SECRET),
            key=len,
            reverse=True,
        )
        known = self._service.add(url)
        if not known:
            raise SettingsError(
                "The address of an apprise channel is none that Apprise knows.",
                remedy="It looks like slack://..., mailtos://..., tgram://...; "
                "the services and their addresses are listed by the Apprise project.",
            )

    def send(self, message: Message) -> None:
        """Hand the message to the service and wait for its answer."""
        import apprise

        capture: Any = apprise.LogCapture
        with capture(level=logging.WARNING, fmt="%(message)s") as log:
            done = self._service.notify(
                title=message.title, body=message.text, body_format=apprise.NotifyFormat.TEXT
            )
            cause = self._scrubbed(log.getvalue()) or "it gave no reason."
        if not done:
            raise ChannelError(
                f"The {self._scheme} service did not take the message: {cause}",
                remedy="Check the address, the service's rights and the network.",
            )

    def _scrubbed(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())


def connect(options: Options, context: "Context") -> Service:
    """The service behind the address."""
    return Service(options.url.get_secret_value().strip())
