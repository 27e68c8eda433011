"""Normalising a text: the same thing is written the same way, and nothing said is lost.

Kept: case, emoji, hashtags, handles, links, punctuation. Made one: HTML entities, decorated
letters, Thai vowels typed in two keys, 5555 and 555, hahaha and haha, sooooo and sooo.
Dropped: what no one sees. Doing it twice changes nothing.
"""

import html
import re
import unicodedata
from functools import lru_cache

import regex

from listener.model import clean_text

# Nobody needs more to know what a post is about; and time stays bounded.
LONGEST = 5000

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
# A joiner and an emoji selector mean something behind a picture only.
_LOOSE = regex.compile(
    r"(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d"
    r"|\u200d(?!\p{Extended_Pictographic})|(?<!\p{Emoji})\ufe0f"
)
_DECORATED = re.compile("[\U0001d400-\U0001d7ff\uff01-\uff5e\u24b6-\u24e9]+")
_AMPERSANDS = re.compile(r"&(?:amp;)+", re.IGNORECASE)

_SARA_AM = re.compile("([\u0e48-\u0e4b]?)\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_THAI_MARKS = re.compile("[\u0e31\u0e34-\u0e3a\u0e48-\u0e4b]{2,}")
_THAI = re.compile("[\u0e01-\u0e5b]")

_LINK = r"(?:https?://|www\.)[^\s\u0e00-\u0e7f]+"
_ADDRESS = re.compile(rf"{_LINK}|(?<!\w)@[A-Za-z0-9_]+(?:[.@-][A-Za-z0-9_]+)*", re.IGNORECASE)
_RUN = re.compile(rf"({_LINK})|([^\W\d]|[^\w\s])\2{{3,}}", re.IGNORECASE)
_FIVES = re.compile(r"(?<![A-Za-z\d.,$฿#@/+-])5{3,}\+*+(?![A-Za-z\d%]|[.,:/-]\d)")
_HAHA = re.compile(r"\b(ha|he|hi)\1{2,}h?\b", re.IGNORECASE)
_ZALGO = regex.compile(r"(\p{M}{4})\p{M}+")
_SPACE = re.compile(r"\s+")
# A mark with nothing under it, or a sign that waits for a letter, belongs to no grapheme.
_STRAY = regex.compile(
    r"(?:^|(?<= ))[\p{Grapheme_Cluster_Break=Extend}\p{Grapheme_Cluster_Break=SpacingMark}]+"
    r"|\p{Grapheme_Cluster_Break=Prepend}+(?= |$)"
)


def normalise(text: str) -> str:
    """The text in one canonical spelling, at most LONGEST code points of it."""
    text = _settled(clean_text(cut(text)))
    if len(text) > LONGEST:
        text = _settled(cut(text))
    text = _SPACE.sub(" ", text).strip()
    if not text.isascii():
        text = _SPACE.sub(" ", _STRAY.sub("", text)).strip()
        text = _ZALGO.sub(r"\1", text)
    if _THAI.search(text):
        text = _SARA_AM.sub("\\1\\2\u0e33", text.replace("\u0e40\u0e40", "\u0e41"))
        text = _THAI_MARKS.sub(_vowels_first, text)
    text = _RUN.sub(_three, text)
    text = _FIVES.sub("555", text)
    return _HAHA.sub(r"\1\1", text)


@lru_cache(maxsize=1024)  # a batch: language, risks, intent and the rest all ask for it
def said(text: str) -> str:
    """What a normalised text says: without links and without whom it addresses."""
    return _ADDRESS.sub(" ", text)


def cut(text: str, longest: int = LONGEST) -> str:
    """The first `longest` code points or a little less: never half a word or half a grapheme."""
    if len(text) <= longest:
        return text
    space = text.rfind(" ", longest - 100, longest)
    if space > 0:
        return text[:space]
    start = max(0, longest - 100)
    end = start
    for cluster in regex.finditer(r"\X", text[start : longest + 1]):
        if start + cluster.end() > longest:
            break
        end = start + cluster.end()
    return text[: end if end > start else longest]


def _settled(text: str) -> str:
    """Unescaped, visible and composed: until nothing changes, as one step may enable another."""
    while not (text.isascii() and "&" not in text and not _INVISIBLE.search(text)):
        before = text
        if "&" in text:
            text = html.unescape(_AMPERSANDS.sub("&", text))
        text = _INVISIBLE.sub("", text)
        if not text.isascii():
            text = _LOOSE.sub("", text)
            text = _DECORATED.sub(_undecorated, text)
            text = unicodedata.normalize("NFC", text)
        if text == before:
            break
    return text


def _undecorated(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


def _vowels_first(match: re.Match[str]) -> str:
    return "".join(sorted(match[0], key=lambda mark: mark >= "\u0e48"))


def _three(match: re.Match[str]) -> str:
    return match[1] or match[0][:3]
