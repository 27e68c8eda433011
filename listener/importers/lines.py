"""Text files as lines of bytes, whatever their encoding, with flat memory.

Lines end at LF (or at CR in a file that has no LF): never `str.splitlines`, which also
splits at U+2028 and U+0085, and these occur inside posts.

The encoding is decided by the byte-order mark; without one, UTF-16 by its NULs; else by
the first piece that is not ASCII: UTF-8 if it is valid, or at least far more UTF-8 than
not, else CP874 (TIS-620 with Windows' punctuation).
"""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from listener.errors import InputError
from listener.importers.rows import MAX_ROW
from listener.importers.source import Source

CHUNK = 1 << 18
MAX_REPAIRS = 3  # bad byte sequences in one row that become U+FFFD; with more it is refused
_MAX_LINE = 1 << 28  # no line end for so long: this is not a text file
_SHOWN = 1000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16", "utf-32", "utf-7")  # not ASCII-compatible: recoded before lines are cut
_THAI = "cp874"


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line longer than MAX_ROW: its length in bytes and its beginning."""

    length: int
    head: bytes


class Lines:
    """Iterates over the lines of a source, without their LF."""

    def __init__(self, source: Source, encoding: str | None = None) -> None:
        self._source = source
        self.repaired = 0
        mark, self.encoding = marked(source.peek(4096))
        if encoding is not None:
            self.encoding = _known(encoding)
        source.read(len(mark))
        self._recode = None
        if self.encoding and self.encoding.startswith(_WIDE):
            self._recode = codecs.getincrementaldecoder(self.encoding)("replace")
        # Of the lines and pieces as they are given out; ASCII so far counts as UTF-8.
        self.utf8 = bool(self._recode) or self.encoding in (None, "utf-8")

    def __iter__(self) -> Iterator[bytes | Overlong]:
        rest = head = end = b""
        skipped = 0  # bytes so far of a line that is too long to keep
        for piece in self.pieces():
            chunk = piece
            if not end:
                end = b"\r" if b"\n" not in chunk and b"\r" in chunk[:-1] else b"\n"
            if skipped:
                before, found, chunk = chunk.partition(end)
                skipped += len(before)
                if not found:
                    self._check_ends(skipped)
                    continue
                yield Overlong(skipped, head)
                skipped = 0
            parts = (rest + chunk).split(end)
            rest = parts.pop()
            if parts and len(parts[0]) > MAX_ROW:
                yield Overlong(len(parts[0]), parts[0][:_SHOWN])
                del parts[0]
            yield from parts
            if len(rest) > MAX_ROW:
                skipped, head, rest = len(rest), rest[:_SHOWN], b""
        if skipped:
            yield Overlong(skipped, head)
        elif rest:
            yield rest

    def pieces(self) -> Iterator[bytes]:
        """The content in an ASCII-compatible encoding, in pieces cut anywhere."""
        while chunk := self._read():
            if self.encoding is None and not chunk.isascii():
                self.encoding = _guessed(chunk)
                self.utf8 = self.encoding == "utf-8"
            yield chunk

    def head(self) -> str:
        """The beginning of the text, without passing it."""
        return self._source.peek(4096).decode(self.encoding or "utf-8", "replace")

    def text(self, line: bytes) -> str | None:
        """A line as text, NUL and at most MAX_REPAIRS bad sequences replaced by U+FFFD.

        None when more of it is bad: the line is in another encoding, or no text at all.
        """
        narrow = "utf-8" if self.utf8 else self.encoding or "utf-8"
        try:
            text = line.decode(narrow)
        except UnicodeDecodeError:
            text = line.decode(narrow, "replace")
            bad = text.count("\ufffd") - line.count("\ufffd".encode())
            if bad > MAX_REPAIRS:
                return None
            self.repaired += 1
        return text.replace("\x00", "\ufffd") if "\x00" in text else text

    def _read(self) -> bytes:
        while chunk := self._source.read(CHUNK):
            if self._recode is None:
                return chunk
            if recoded := self._recode.decode(chunk).encode():
                return recoded
        return self._recode.decode(b"", True).encode() if self._recode else b""

    def _check_ends(self, length: int) -> None:
        if length > _MAX_LINE:
            raise InputError(
                f"{self._source.path} has no line end within {_MAX_LINE >> 20} MiB.",
                remedy="This does not look like CSV or JSON lines. Export the data again.",
            )


def _known(encoding: str) -> str:
    try:
        with suppress(UnicodeDecodeError):
            b"?".decode(encoding)  # codecs.lookup also knows rot13 and zip
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError) as error:
        raise InputError(
            f'There is no encoding "{encoding}".',
            remedy="Common ones: utf-8, utf-16, cp874 (Thai), cp1252 (western European).",
        ) from error


def marked(head: bytes) -> tuple[bytes, str | None]:
    """The byte-order mark and the encoding that it, or UTF-16's pattern of NULs, tells."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return mark, encoding
    # In UTF-16 every second byte of ASCII (delimiters, line ends) is NUL, of Thai 0x0E.
    for encoding, upper, lower in (
        ("utf-16-le", head[1::2], head[0::2]),
        ("utf-16-be", head[0::2], head[1::2]),
    ):
        ascii_, thai = upper.count(0), upper.count(0x0E)
        if ascii_ >= 2 and ascii_ + thai >= len(upper) // 4 and lower.count(0) == 0:
            return b"", encoding
    return b"", None


def _guessed(sample: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        text = sample.decode("utf-8", "replace")
    else:
        return "utf-8"
    bad = text.count("\ufffd") - sample.count("\ufffd".encode())
    other = [char for char in text if char > "\x7f" and char != "\ufffd"]
    # Thai in CP874 makes a few valid sequences by accident, but Cyrillic or Lao ones.
    usual = sum(
        "\u0e00" <= char <= "\u0e7f" or "\u2000" <= char <= "\u206f" or char >= "\U0001f000"
        for char in other
    )
    return "utf-8" if usual >= bad or len(other) >= 10 * bad else _THAI
