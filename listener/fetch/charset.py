"""Thai text that is not what it says it is: TIS-620 sent as UTF-8, as Latin-1, or as nothing."""

import re

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
# What servers and feeds name by default, without having looked. Another name is believed.
_CARELESS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
_CONSONANT = re.compile("[ก-ฮ]")
_THAI = re.compile("[ก-๛]")
_MARK = re.compile("[ัิ-ฺ็-๎]")
_PLACED_MARK = re.compile("(?<=[ก-ฮัิ-ฺ็-๎])[ัิ-ฺ็-๎]")


def as_utf8(body: bytes, content_type: str = "") -> bytes | None:
    """The document as UTF-8, if it is Thai in TIS-620 (CP874) and says otherwise; else None."""
    if body.isascii() or body.startswith(_WIDE):
        return None
    named = _DECLARED.match(body)
    charset = _CHARSET.search(content_type)
    names = {
        (named[1].decode("ascii") if named else "").lower(),
        (charset[1] if charset else "").lower(),
    }
    if not names <= _CARELESS or _is_utf8(body):
        return None
    try:
        text = body.decode("cp874")
    except UnicodeDecodeError:
        return None
    return text.encode() if looks_thai(text) else None


def looks_thai(text: str) -> bool:
    """Whether a text that was read as CP874 really is Thai.

    Its vowel signs and tone marks stand on consonants, and about half its letters are
    consonants. Other scripts' letters, read as CP874, obey neither.
    """
    letters = len(_THAI.findall(text))
    marks = len(_MARK.findall(text))
    placed = len(_PLACED_MARK.findall(text))
    strangers = sum(1 for character in text if character > "\x7f") - letters
    return (
        letters >= 4
        and strangers <= letters // 10
        and 10 * len(_CONSONANT.findall(text)) >= 4 * letters
        and 50 * placed >= 49 * marks
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
