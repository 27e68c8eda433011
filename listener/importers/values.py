"""Cells as they are written, read into ids, counts, names and addresses."""

import re
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser

_LARGEST = 2**63 - 1  # SQLite's integers
_BLANKS = frozenset(
    {"", "-", "--", "–", "—", "n/a", "na", "nan", "none", "null", "nil", "ไม่มี", "ไม่ระบุ"}
)
_COUNT = re.compile(
    r"([+-]?)(\d{1,3}(?:[, ]\d{2,3})*[, ]\d{3}|\d+)(\.\d+)?\s*([kmb]?)", re.IGNORECASE
)
_SUFFIXES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
# What a spreadsheet makes of a long number: 4.18157E+17. The digits are lost.
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_MAX_NAME = 256
_EXACT = 10**15  # Excel keeps fifteen digits
# Space, and format characters that show nothing: a text of these alone is no text.
_INVISIBLE = "".join(
    map(chr, [*range(0x21), 0x7F, 0x85, 0xA0, 0xAD, 0x61C, 0x180E, 0x2028, 0x2029, 0x3000])
) + "".join(map(chr, [*range(0x2000, 0x2010), *range(0x202A, 0x2030), *range(0x2060, 0x2070)]))
_INVISIBLE += "\ufeff"
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_BLOCKS = frozenset({"p", "br", "div", "li", "tr", "pre", "blockquote", "h1", "h2", "h3"})


class UnusableError(ValueError):
    """A cell that holds something, but not what its field needs; the message says what."""


def blank(value: object) -> bool:
    """Whether a cell holds nothing."""
    return value is None or value == "" or value != value


def text_of(value: object) -> str:
    """A cell as text, line ends as LF; "" when there is nothing to see in it."""
    if type(value) is not str:
        if blank(value) or isinstance(value, dict | list):
            return ""
        if isinstance(value, bytes):
            value = value.decode(errors="replace").replace("\x00", "\ufffd")
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        value = str(value)
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = value.strip()
    # What begins with visible ASCII needs no closer look.
    return value if "!" <= value[:1] <= "~" or value.strip(_INVISIBLE) else ""


def identity(value: object, *, spreadsheet: bool = False) -> str | None:
    """An id or a name as text; None if blank.

    Raises UnusableError when a spreadsheet rounded it (4.18157E+17, or zeros from the sixteenth
    digit on): two posts would become one.
    """
    kind = type(value)
    if kind is str:
        text = value.strip()  # type: ignore[attr-defined]
        if "E" in text and _SCIENTIFIC.fullmatch(text):
            raise UnusableError("was rounded by a spreadsheet")
    elif kind is int:
        if spreadsheet and abs(value) >= _EXACT and _rounded(value):  # type: ignore[arg-type]
            raise UnusableError("was rounded by a spreadsheet")
        return str(value)
    elif blank(value):
        return None
    elif isinstance(value, float):
        if not value.is_integer() or abs(value) >= _EXACT:
            raise UnusableError("was rounded by a spreadsheet")
        return str(int(value))
    elif isinstance(value, list | dict | tuple | bool):
        raise UnusableError("is not one value")
    else:
        text = str(value)
    if len(text) > _MAX_NAME:
        raise UnusableError(f"is longer than {_MAX_NAME} characters")
    return text or None


def _rounded(number: int) -> bool:
    return not str(abs(number))[15:].strip("0")


def count(value: object) -> int | None:
    """A count such as 1234, "1,234" or "1.2K"; None if blank, also "-" and "n/a"."""
    if type(value) is int:
        whole = value
    elif isinstance(value, str):
        text = value.strip()
        if text.isdecimal():
            whole = int(text) if len(text) < 20 else _LARGEST + 1
        elif text.casefold() in _BLANKS:
            return None
        else:
            whole = _written(text)
    elif blank(value):
        return None
    elif isinstance(value, float | Decimal) and float(value).is_integer():
        whole = round(value)
    else:
        raise UnusableError("is not a whole number")
    if abs(whole) > _LARGEST:
        raise UnusableError("is too large")
    return whole


def _written(text: str) -> int:
    match = _COUNT.fullmatch(text)
    if not match or len(text) > 40:
        raise UnusableError("is not a whole number")
    sign, whole, part, suffix = match.groups()
    digits = whole.replace(",", "").replace(" ", "")
    value = Decimal(digits + (part or "")) * _SUFFIXES[suffix.casefold()]
    if value != int(value):
        raise UnusableError("is not a whole number")
    return -int(value) if sign == "-" else int(value)


def address(value: object) -> str | None:
    """A web address; None if blank. UnusableError for all but http(s): it becomes a link."""
    if blank(value):
        return None
    text = str(value).strip()
    if not text or text.casefold() in _BLANKS:
        return None
    if not _ADDRESS.fullmatch(text):
        raise UnusableError("is not a web address")
    return text


class _Page(HTMLParser):
    """Collects what a reader of the page would see, and where its links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link = ""
        self._from = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; a link is remembered until its end."""
        if tag in ("script", "style"):
            self._hidden += 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n" if tag == "p" else "\n")
        elif tag == "a":
            self._link, self._from = dict(attrs).get("href") or "", len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        """A link's text is replaced by its address when it is the beginning of it."""
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._link:
            shown = "".join(self.parts[self._from :])
            same = self._link.startswith(shown.removesuffix("...").removesuffix("…"))
            self.parts[self._from :] = [self._link if same else f"{shown} ({self._link})"]
            self._link = ""

    def handle_data(self, data: str) -> None:
        """Text, except in scripts and styles."""
        if not self._hidden:
            self.parts.append(data)


def without_html(text: str) -> str:
    """HTML as plain text: paragraphs as blank lines, links as their addresses."""
    if "<" not in text:
        return unescape(text)
    page = _Page()
    page.feed(text)
    page.close()
    return "".join(page.parts).strip()
