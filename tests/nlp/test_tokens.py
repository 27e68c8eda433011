"""Tokens: nothing lost, no grapheme split, social marks whole, Thai words found."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from nlp.text import normalise
from nlp.tokens import Tokenizer, TokenKind, whole
from tests.nlp.strategies import texts

TOKENIZER = Tokenizer()


def words(text: str, tokenizer: Tokenizer = TOKENIZER) -> list[str]:
    return [text for text, _ in tokenizer.tokens(normalise(text))]


def kinds(text: str) -> str:
    return ", ".join(f"{kind.value} {word}" for word, kind in TOKENIZER.tokens(normalise(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#ไทยแลนด์ดี!", "hashtag #ไทยแลนด์ดี, mark !"),
        ("#1 #2014 #5s", "mark #, number 1, mark #, number 2014, hashtag #5s"),
        ("$AAPL's $BRK.B $5", "cashtag $AAPL, word 's, cashtag $BRK.B, mark $, number 5"),
        ("(@john_b)", "mark (, mention @john_b, mark )"),
        ("@me@mastodon.social", "mention @me@mastodon.social"),
        ("a@b.co", "link a@b.co"),
        ("http://t.co/abc.", "link http://t.co/abc, mark ."),
        ("http://t.co/abcสวัสดี", "link http://t.co/abc, thai สวัสดี"),
        ("bit.ly/x", "link bit.ly/x"),
        ("😡😡👨‍👩‍👧🇹🇭1️⃣", "emoji 😡, emoji 😡, emoji 👨‍👩‍👧, emoji 🇹🇭, emoji 1️⃣"),
        ("5.5% 1500 ๑๐", "number 5.5%, number 1500, number ๑๐"),
        ("iPhone6 4G", "word iPhone6, word 4G"),
    ],
)
def test_kinds(text: str, expected: str) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't like it", ["I", "do", "n't", "like", "it"]),
        ("wi-fi on 4G, an iPhone 6!", ["wi-fi", "on", "4G", ",", "an", "iPhone", "6", "!"]),
        ("Coca-Cola's", ["Coca-Cola", "'s"]),
        ("up--and down—so", ["up", "--", "and", "down", "—", "so"]),
        ("iPhone6s/6Plus 24/7", ["iPhone6s", "/", "6Plus", "24/7"]),
        ("แอดมินตอบช้ามาก", ["แอดมิน", "ตอบ", "ช้า", "มาก"]),
        ("ซื้อiPhoneใหม่", ["ซื้อ", "iPhone", "ใหม่"]),
        ("อร่อยมากกกกก", ["อร่อย", "มากกก"]),  # not มาก + กก
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(texts)
def test_tokens_are_the_text_without_spaces(text: str) -> None:
    clean = normalise(text)
    assert "".join(word for word, _ in TOKENIZER.tokens(clean)) == "".join(clean.split())


@given(texts)
def test_no_grapheme_is_split(text: str) -> None:
    clean = normalise(text)
    for chunk in clean.split():
        starts = {cluster.start() for cluster in regex.finditer(r"\X", chunk)}
        at = 0
        for word, _ in TOKENIZER.tokens(chunk):
            assert at in starts
            at += len(word)


def test_a_remembered_chunk_is_cut_the_same_again() -> None:
    text = normalise("It's #fun, isn't it? มากๆ " * 3)
    assert TOKENIZER.tokens(text) == Tokenizer().tokens(text)
    assert TOKENIZER.tokens(text) == TOKENIZER.tokens(text)


def test_the_users_words_are_not_split() -> None:
    assert "บาร์บีคิวพลาซ่า" not in words("ไปบาร์บีคิวพลาซ่ากัน")
    own = Tokenizer(["บาร์บีคิวพลาซ่า"])
    assert words("ไปบาร์บีคิวพลาซ่ากัน", own) == ["ไป", "บาร์บีคิวพลาซ่า", "กัน"]
    assert own.knows("บาร์บีคิวพลาซ่า")
    assert not TOKENIZER.knows("บาร์บีคิวพลาซ่า")


def test_an_unknown_run_does_not_become_a_sentence() -> None:
    sentence = "วันนี้ไปกินชาบูร้านสกายวอล์คกับเพื่อนที่ออฟฟิศสนุกมากเลยจ้า"
    assert max(map(len, words(sentence))) <= 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the shareholders of Gro…", ["the", "shareholders", "of"]),
        ("see #GROUPONM…", ["see"]),
        ("see http://t.c…", ["see"]),
        ("that is all...", ["that", "is", "all", "..."]),
        ("", []),
    ],
)
def test_what_a_platform_cut_off_is_left_out(text: str, expected: list[str]) -> None:
    assert [word for word, _ in whole(TOKENIZER.tokens(normalise(text)))] == expected


def test_a_long_run_without_a_space_is_cut_to_its_end() -> None:
    run = "ผมโทรไปถามแล้วเห็นถามกันเยอะเรื่องลิขสิทธิ์ห้ามนำรถฮอนด้ามาทำแท็กซี่" * 20
    assert "".join(words(run)) == run
    assert set(words(run)) == set(words(run[: len(run) // 20]))
    assert "".join(words("ก" * 4000 + "ข")) == normalise("ก" * 4000 + "ข")


def test_tripled_letters_keep_their_place() -> None:
    assert words("แพงงงงมากกกกสวยยยย") == ["แพงงง", "มากกก", "สวยยย"]
    assert TOKENIZER.tokens("มากกก") == [("มากกก", TokenKind.THAI)]


@given(
    st.lists(st.text(st.sampled_from("กขคงนมรอบดีมากที่ัา่้เแไ"), min_size=1, max_size=40), max_size=8)
)
def test_runs_are_cut_alike_alone_and_together(runs: list[str]) -> None:
    tokenizer = Tokenizer()
    words = tokenizer.thai(*runs)
    assert words == [word for run in runs for word in tokenizer.thai(run)]
    assert "".join(words) == "".join(runs)
