"""The terms of a text, by which trends are found and named: hashtags, cashtags, words, pairs.

A term is something a person would put on a label: no stop words, links, handles, bare numbers,
single letters, or words that were cut off.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from nlp.tokens import Token, TokenKind

MOST = 40
_SHORTEST = 2
_LONGEST = 30
_CUT_OFF = "…"
_CONSONANT = re.compile("[\u0e01-\u0e2e]")
_THAI_FRAGMENT = 2  # code points; an unknown word this short is a left-over, not a name
_TRIPLED = re.compile(r"(.)\1\1")
_MODEL_NUMBER = re.compile(r"\d{1,2}(?:\.\d)?")

# What spaCy's and PyThaiNLP's lists lack: the small words of social posts.
_SOCIAL = frozenset(
    "rt via amp http https www com lol omg u ur im ive dont cant wont didnt doesnt isnt thats"
    " gonna wanna gotta got get gets getting like just says say said via pls please thx thanks"
    " hey yeah yes ok okay oh hi etc vs ca wo nt let lets c'mon e.g i.e a.m p.m am pm".split()
)
_THAI_SOCIAL = frozenset(
    "ค่ะ คะ ครับ คับ ค้าบ ครัช จ้า จ้ะ จ๊ะ จร้า ฮะ ฮับ นะ น้า นะคะ นะครับ นะค่ะ อ่ะ อะ อ่า ป่ะ ปะ"
    " หรอ เหรอ หรา ไหม มั้ย มั๊ย ไม๊ สิ ซิ ดิ วะ ว่ะ แหละ ละ ล่ะ หละ ง่ะ งะ งั้น เนี่ย นี่ เนอะ เน้อ โว้ย"
    " เว้ย เฮ้ย โอ้ย โอ๊ย เอ้ย เอ๊ะ อ้าว อิอิ ฮ่า ฮ่าๆ กู มึง แม่ง เค้า เขา แก เธอ ตัวเอง เลย แล้ว มาก มากๆ"
    " ด้วย เหมือน ไม่ ไม่ได้ ไม่มี ใช่ ไม่ใช่ มี ได้ ให้ ไป มา อยู่ เอา ทำ บอก รู้ ดู คน วัน ปี ตัว อัน ยัง ก้อ"
    " เพราะ แต่ หรือ ที่ ซื้อมา อยาก ต้อง น่า เดี๋ยว ตอนนี้ วันนี้ พรุ่งนี้ เมื่อวาน คือ นี้ นั้น".split()
)
# On PyThaiNLP's list, yet what people talk about.
_THAI_CONTENT = frozenset(
    "ช้า ช้าๆ ถูก ถูกต้อง ง่าย แพง จริง จัดงาน เปิด ปิด รับ ส่ง ใหม่ ใหญ่ ยาก นาน ร่วม ร้าย ดี หมด เสีย สูง"
    " ต่ำ ขาด เลิก พบ ผล เสร็จ สำคัญ เร็ว".split()
)

Known = Callable[[str], bool]


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words of both languages that name nothing."""
    from pythainlp.corpus import thai_stopwords
    from spacy.lang.en.stop_words import STOP_WORDS

    thai = (frozenset(thai_stopwords()) - _THAI_CONTENT) | _THAI_SOCIAL
    return frozenset(STOP_WORDS) | _SOCIAL | thai


def terms(tokens: Sequence[Token], *, known: Known) -> tuple[str, ...]:
    """At most MOST distinct terms, in order of first appearance; `known` is the Thai dictionary."""
    found: dict[str, None] = {}
    before = ""
    for word, kind in _words(tokens, known):
        if kind is TokenKind.NUMBER:
            if before and _MODEL_NUMBER.fullmatch(word):
                found[f"{before} {word}"] = None
            before = ""
        elif not word:
            before = ""
        elif kind in (TokenKind.HASHTAG, TokenKind.CASHTAG):
            found[word] = None
            before = ""
        else:
            found[word] = None
            if before and before != word:
                found[f"{before} {word}"] = None
            before = word
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def _words(tokens: Sequence[Token], known: Known) -> Iterator[tuple[str, TokenKind]]:
    """Each token folded, "" for what breaks a phrase; what stands inside one is left out."""
    stops = stop_words()
    last = len(tokens) - 1
    for at, (text, kind) in enumerate(tokens):
        if _CUT_OFF in text or (at < last and _is_cut_off(tokens, at, last)):
            yield "", kind
        elif kind is TokenKind.WORD:
            folded = text.casefold().strip("'’.-_")
            if folded in ("s", "'s"):
                continue
            yield ("" if _is_empty(folded, stops) else folded), kind
        elif kind is TokenKind.THAI:
            folded = _TRIPLED.sub(r"\1", text)
            yield ("" if _is_left_over(folded, stops, known) else folded), kind
        elif kind in (TokenKind.HASHTAG, TokenKind.CASHTAG):
            yield text.casefold(), kind
        elif kind is TokenKind.NUMBER:
            yield text, kind
        else:
            yield "", kind


def _is_cut_off(tokens: Sequence[Token], at: int, last: int) -> bool:
    """Whether a platform's final … hangs on this token."""
    return at == last - 1 and tokens[last].text == _CUT_OFF


def _is_empty(word: str, stops: frozenset[str]) -> bool:
    return word in stops or not _SHORTEST <= len(word) <= _LONGEST or bool(_TRIPLED.search(word))


def _is_left_over(word: str, stops: frozenset[str], known: Known) -> bool:
    if word in stops or not _SHORTEST <= len(word) <= _LONGEST or not _CONSONANT.search(word):
        return True
    return len(word) <= _THAI_FRAGMENT and not known(word)
