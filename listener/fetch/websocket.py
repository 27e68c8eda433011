"""One websocket for a source: opened within limits, read with patience, errors that are ours."""

from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    PayloadTooBig,
)
from websockets.sync.client import reconnect

from listener.errors import BadPayloadError, SourceDownError, SourceError
from listener.fetch.addresses import plain, shown
from listener.fetch.fetcher import Limits
from listener.fetch.refusals import refuse

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from listener.source import Context

_LARGEST = 1 << 20  # bytes of one message, unpacked
_QUEUE = 256  # frames; when it is full the server has to wait
_CLOSING = 2.0  # seconds
_TOO_BIG = 1009  # RFC 6455, section 7.4.1
_SCHEMES = {"http": "ws", "https": "wss"}


class Socket:
    """An open websocket. `close` it."""

    def __init__(self, opening: reconnect, connection: "ClientConnection", said: str) -> None:
        self._opening = opening
        self._connection = connection
        self._said = said

    def close(self) -> None:
        """Say good-bye, and wait for two seconds for the answer."""
        self._opening.__exit__(None, None, None)

    def receive(self, seconds: float) -> str | bytes | None:
        """The next message; None when none came in so many seconds. Raises SourceError."""
        try:
            return self._connection.recv(timeout=seconds)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise self._closed(error) from error

    def _closed(self, error: ConnectionClosed) -> SourceError:
        codes = {frame.code for frame in (error.sent, error.rcvd) if frame}
        if _TOO_BIG in codes or isinstance(error.__cause__, PayloadTooBig):
            return BadPayloadError(
                f"{self._said} sends a message of more than {_LARGEST >> 20} MiB.",
                remedy="No post is that large; check the address.",
            )
        code = next(iter(sorted(codes)), None)
        words = f"closed the connection ({code})" if code else "broke the connection off"
        return SourceDownError(f"{self._said} {words}.", remedy="It is connected again.")


class _Straight(reconnect):
    """A connection that is not led elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Let the redirect be what it is: not the answer that we want."""
        return exc


def open_socket(address: str | SecretStr, context: "Context", query: str = "") -> Socket:
    """A websocket at an address from the configuration, with `query` added to it.

    Raises SourceError. A redirect is not followed. Pings find a half-open connection within
    40 seconds.
    """
    said, limits = shown(address), Limits()
    context.tally.add()
    try:
        opening = _Straight(
            _target(plain(address), query),
            open_timeout=limits.connect,
            close_timeout=_CLOSING,
            max_size=_LARGEST,
            max_queue=_QUEUE,
            user_agent_header=f"Krasae/{version('krasae')} (self-hosted social listening)",
        )
        return Socket(opening, opening.__enter__(), said)
    except InvalidStatus as error:
        headers = {name.lower(): text for name, text in error.response.headers.raw_items()}
        refuse(error.response.status_code, headers, said, now=context.now())
        raise BadPayloadError(
            f"{said} is no websocket.", remedy="Check the address of this source."
        ) from error
    except (InvalidURI, UnicodeError) as error:
        raise SourceError(
            f"{said} is no address of a websocket.", remedy="Correct it in config.toml."
        ) from error
    except (InvalidHandshake, TimeoutError, OSError, EOFError) as error:
        raise SourceDownError(
            f"{said} cannot be reached: {_in_words(error)}.", remedy="It is tried again later."
        ) from error


def _target(address: str, query: str) -> str:
    parts = urlsplit(address)
    joined = "&".join(part for part in (parts.query, query) if part)
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    return parts._replace(scheme=scheme, query=joined, fragment="").geturl()


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, InvalidHandshake | EOFError):
        return "it broke off, or does not speak the websocket protocol"
    return "no connection"
