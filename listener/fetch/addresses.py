"""Addresses from config.toml: checked, shown without their secrets, and kept out of our net."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def plain(address: str | SecretStr) -> str:
    """The address itself."""
    return address.get_secret_value() if isinstance(address, SecretStr) else address


def _checked(address: str | SecretStr) -> str | SecretStr:
    # Neither the address nor pydantic's own words for it: it may hold a key.
    if not is_web(plain(address)):
        raise ValueError("expected an address that begins with https:// or http:// and a host")
    return address


# From the file as it is written there, or, as "env:NAME", out of the environment: then secret.
Address = Annotated[str | SecretStr, AfterValidator(_checked)]


def is_web(text: str) -> bool:
    """Whether a text is an http or https address with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def shown(address: str | SecretStr) -> str:
    """An address as it may be printed: without user, password, query and fragment.

    Of an address that came from the environment, the host alone.
    """
    try:
        parts = urlsplit(plain(address))
        host = parts.hostname or "?"
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    path = "/..." if isinstance(address, SecretStr) else parts.path
    return f"{parts.scheme}://{host}{port}{path}"


def resolve(host: str) -> tuple[str, ...]:
    """The IP addresses of a host; none when it has none."""
    try:
        return (str(ip_address(host.strip("[]"))),)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def are_public(addresses: Sequence[str]) -> bool:
    """Whether there are any, and all are addresses of the open internet."""
    return bool(addresses) and all(_is_public(address) for address in addresses)


def are_link_local(addresses: Sequence[str]) -> bool:
    """Whether any is link-local, as clouds' metadata services are: never a place for a source."""
    return any(_parsed(address).is_link_local for address in addresses)


def _is_public(address: str) -> bool:
    found = _parsed(address)
    return found.is_global and not found.is_multicast


def _parsed(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
