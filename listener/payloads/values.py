"""Values as platforms send them in JSON: taken if they are what they should be, else None."""

import re

from listener.fetch.addresses import is_web

_LANGUAGE = re.compile("[a-z]{2,3}")


def count(value: object) -> int | None:
    """A number of something."""
    return value if type(value) is int and 0 <= value < 2**53 else None


def link(value: object) -> str | None:
    """An address on the web."""
    return value if isinstance(value, str) and is_web(value) else None


def language(value: object) -> str | None:
    """The language of a tag such as "th-TH"."""
    found = _LANGUAGE.match(value.lower()) if isinstance(value, str) else None
    return found[0] if found else None
