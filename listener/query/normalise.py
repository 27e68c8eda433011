"""One spelling for what people spell in many ways, so that a query finds all of them.

`normalise` makes these alike:

- case (`ß` is `ss`), accents of Latin, Greek and Cyrillic letters (`café` is `cafe`),
  full-width and decorated letters (`Ａ`, `𝐀`), digits of all scripts (`๙` is `9`), curly
  apostrophes and quotation marks, hyphens and dashes of all lengths;
- HTML entities and the characters that they stand for (`AT&amp;T`);
- what nobody sees (zero-width characters, soft hyphens, variation selectors): dropped;
- white space of any kind and length, control characters included;
- Thai: `ํา` is `ำ`, `เเ` is `แ`, the marks on a letter have one order and come once.

`fold` goes on to lengthened words. Where a letter within a word is repeated three times
or more, it gives the text three times over, a line each, with that letter once, twice
and three times: `soooo` is found by `so`, `soo` and `sooo`, and `goooood` by `good`. At
the start of a word (`www`, `AAA`, `กกก`) and in numbers (`1000`, `555`) nothing is
lengthened.

Pure, and without imports of ours, so that every room may use it.
"""

import html
import re
import unicodedata

# Texts of these characters alone need no table: only ASCII case, entities, white space
# and the order of Thai marks are left to do. A test holds this against the table.
_SIMPLE = (
    "\t\n\r !-~"
    "\u0e01-\u0e39\u0e3f-\u0e4c\u0e4e\u0e4f\u0e5a\u0e5b"
    "…•·«»£¥€©®"
    "\u2600-\u27bf\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff"
)
_SPECIAL = re.compile(f"[^{_SIMPLE}]")
ENTITY = re.compile(r"&(?:amp;)*((?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")
SPACE = re.compile(r"\s+")

# Marks written over or under a Thai letter, in the order in which they are to stand:
# vowels, tones, then what silences or shortens.
_MARKS = (
    "\u0e31\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\u0e47"
    "\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e"
)
_NIKHAHIT, _AA, _AM = "\u0e4d", "\u0e32", "\u0e33"
# A stack of marks, with the SARA AM, or the second half of one, on either side of which it
# may have been typed. Runs in linear time: a text may be ten thousand marks.
STACK = re.compile(f"([{_MARKS}]*)({_AM})([{_MARKS}]*)|([{_MARKS}]+)(?:({_AA})([{_MARKS}]*))?")
_DISORDER = re.compile(
    "|".join(f"{mark}[{_MARKS[: place + 1]}]" for place, mark in enumerate(_MARKS))
    + f"|{_AM}[{_MARKS}]|{_NIKHAHIT}[{_AA}{_AM}]"
)
DOUBLE_E = re.compile("เเ")

_LETTERS = "a-z\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"
LENGTHENED = re.compile(rf"(?<=[{_LETTERS}{_MARKS}])([{_LETTERS}])(?<!\1\1)\1\1+")

_SAME = {
    **dict.fromkeys("’‘ʼ‛′´＇", "'"),
    **dict.fromkeys("“”„‟″＂", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("™℠", " "),
    **dict.fromkeys("øØ", "o"),
    **dict.fromkeys("łŁ", "l"),
    **dict.fromkeys("đĐ", "d"),
    **dict.fromkeys("æÆ", "ae"),
    **dict.fromkeys("œŒ", "oe"),
    "ı": "i",
}
# Letters and marks that show nothing, beside the category Cf.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC")
_ACCENTS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF))


class _Table(dict[int, str]):
    """What each character becomes; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        self[code] = folded
        return folded


def _folded(char: str) -> str:
    if char in _SAME:
        return _SAME[char]
    category = unicodedata.category(char)
    if category == "Cf" or char in _UNSEEN:
        return ""
    if category == "Cc":
        return char if char.isspace() else " "
    if any(first <= ord(char) <= last for first, last in _ACCENTS):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char == _AM or (category[0] in "PZ" and not "\ufe50" <= char <= "\uffef"):
        return char
    apart = unicodedata.normalize("NFKD", char)
    if unicodedata.name(apart[0], "").startswith(_ACCENTED):
        apart = "".join(part for part in apart if not unicodedata.combining(part))
        folded = apart.casefold()
    else:
        folded = unicodedata.normalize("NFKC", char).casefold()
    return folded if folded == char else "".join(map(_folded, folded))


TABLE = _Table()


def normalise(text: str) -> str:
    """The text in the one spelling."""
    if "&" in text:
        text = ENTITY.sub(entity, text)
    if _SPECIAL.search(text):
        text = unicodedata.normalize("NFC", text.translate(TABLE))
    else:
        text = text.lower()
    text = " ".join(text.split())
    if _DISORDER.search(text):
        text = STACK.sub(ordered, text)
    return text.replace("เเ", "แ")


def fold(text: str) -> str:
    """What words are looked for in: the normalised text, or its three forms, a line each."""
    text = normalise(text)
    if LENGTHENED.search(text):
        return "\n".join(LENGTHENED.sub(form, text) for form in FORMS)
    return text


def fold_word(word: str) -> str:
    """What is looked for: a lengthened word stands for itself at any length of three or more."""
    return LENGTHENED.sub(FORMS[-1], normalise(word))


def folded_otherwise(text: str) -> str | None:
    """The folded text, unless folding changes no more than the case of a-z and white space."""
    folded = fold(text)
    if folded == " ".join(text.lower().split()) and not _SPECIAL.search(text):
        return None
    return folded


FORMS = (r"\1", r"\1\1", r"\1\1\1")


def entity(found: re.Match[str]) -> str:
    return html.unescape(f"&{found[1]}")


def ordered(found: re.Match[str]) -> str:
    before, am, after, marks, aa, after_aa = (part or "" for part in found.groups())
    if am or (aa and _NIKHAHIT in marks):
        return _sorted(f"{before}{after}{marks}{after_aa}".replace(_NIKHAHIT, "")) + _AM
    return _sorted(marks) + aa + _sorted(after_aa)


def _sorted(marks: str) -> str:
    return "".join(sorted(set(marks), key=_MARKS.index))
