"""Reading a response's body: unpacked by us, so that a bomb never unfolds."""

import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from listener.errors import BadPayloadError, SourceDownError

if TYPE_CHECKING:
    import httpx

_GZIP = 31  # zlib's name for a gzip wrapper


def read_body(response: "httpx.Response", *, limit: int, deadline: float, where: str) -> bytes:
    """The body, unpacked, of at most `limit` bytes, read until `deadline` (monotonic).

    Raises BadPayloadError when it is larger, before it is in memory, or cannot be unpacked;
    SourceDownError when it is still dripping in at the deadline.
    """
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(where, limit)
    parts: list[bytes] = []
    size = 0
    for part in _unpacked(response, limit, where):
        if time.monotonic() > deadline:
            raise SourceDownError(
                f"{where} sends so slowly that we stopped listening.",
                remedy="It is tried again later.",
            )
        size += len(part)
        if size > limit:
            raise _too_large(where, limit)
        parts.append(part)
    return b"".join(parts)


def read_beginning(response: "httpx.Response", *, limit: int, deadline: float) -> bytes:
    """As much of the body, unpacked, as comes until `limit` bytes or `deadline` (monotonic).

    For a refusal, whose status says enough where its body cannot be read.
    """
    from httpx import TransportError

    said = b""
    with suppress(BadPayloadError, TransportError):
        for part in _unpacked(response, limit, "it"):
            said += part
            if len(said) >= limit or time.monotonic() > deadline:
                break
    return said[:limit]


def _unpacked(response: "httpx.Response", limit: int, where: str) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        yield from response.iter_raw()
        return
    if encoding not in ("gzip", "x-gzip"):
        raise BadPayloadError(
            f"{where} answers packed as {encoding[:40]!r}, though we asked for gzip or plain.",
            remedy="Report it to whoever runs that server.",
        )
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for chunk in response.iter_raw():
            yield unpacker.decompress(chunk, limit + 1)
            if unpacker.unconsumed_tail:
                raise _too_large(where, limit)
    except zlib.error as error:
        raise BadPayloadError(
            f"{where} answers with damaged gzip: {error}.", remedy="It is tried again later."
        ) from error
    if not unpacker.eof:
        raise BadPayloadError(
            f"{where} answers with gzip that is cut short.", remedy="It is tried again later."
        )


def _too_large(where: str, limit: int) -> BadPayloadError:
    return BadPayloadError(
        f"{where} answers with more than {limit / (1 << 20):g} MiB.",
        remedy="No feed or answer should be that large; check the address.",
    )
