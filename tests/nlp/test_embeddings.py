"""The shipped embedding, and how one is made of words and letters."""

import hashlib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import KrasaeError, SettingsError
from nlp import embeddings as module
from nlp import sentence_model
from nlp.embeddings import StaticEmbedding, Words, embedding, grams
from tests.nlp.strategies import texts
from tests.nlp.tiny import tiny_bert

EXTRA = "needs krasae[embeddings] (torch, sentence-transformers)"
SHIPPED = embedding()
SHA256 = "6582105c1a4503c456cd0b569f257a894f38b1b511c233a3a39bf3d88b0565db"


def alike(one: str, other: str) -> float:
    rows = SHIPPED.encode([one, other])
    return float(rows[0] @ rows[1])


def test_the_shipped_file_is_the_one_of_the_card() -> None:
    path = resources.files("nlp").joinpath("models/embedding.npz")
    content = path.read_bytes()
    assert len(content) < 30_000_000
    assert hashlib.sha256(content).hexdigest() == SHA256
    with path.open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        assert {name: arrays[name].dtype.name for name in arrays.files} == {
            "words": "uint8",
            "vectors": "int8",
            "scales": "float16",
        }


@given(st.lists(texts, min_size=1, max_size=6))
def test_a_batch_is_its_texts(batch: list[str]) -> None:
    together = SHIPPED.encode(batch)
    assert together.dtype == np.float32
    assert together.shape == (len(batch), SHIPPED.dimensions)
    for row, text in zip(together, batch, strict=True):
        assert np.array_equal(row, SHIPPED.encode([text])[0])
    assert np.array_equal(together[::-1], SHIPPED.encode(batch[::-1]))


@given(texts)
def test_rows_are_of_unit_length_or_zero(text: str) -> None:
    length = float(np.linalg.norm(SHIPPED.encode([text])[0]))
    assert length == pytest.approx(1, abs=1e-5) or length == 0


def test_a_large_batch_is_its_parts() -> None:
    batch = [f"post number {n} about โทรศัพท์ and coffee" for n in range(3000)]
    parts = [SHIPPED.encode(batch[at : at + 7]) for at in range(0, 3000, 7)]
    assert np.array_equal(SHIPPED.encode(batch), np.concatenate(parts))


@pytest.mark.parametrize("text", ["", "   ", "!!!", "https://t.co/abc @someone", "1234567890123"])
def test_what_says_nothing_is_zero(text: str) -> None:
    assert not SHIPPED.encode([text]).any()


def test_no_texts_give_no_rows() -> None:
    assert SHIPPED.encode([]).shape == (0, SHIPPED.dimensions)


@pytest.mark.parametrize("unit", ["word ", "ก", "คำไทย", "😀", "a", "\u200b", "é", "\ud800 "])
def test_a_megabyte_is_cut_and_not_refused(unit: str) -> None:
    row = SHIPPED.encode([unit * (1_000_000 // len(unit))])
    assert np.isfinite(row).all()


def test_what_is_of_one_thing_lies_together() -> None:
    phone, other = "the battery of this phone is bad", "my mobile phone needs a new battery"
    assert alike(phone, other) > alike(phone, "we went fishing in the river") + 0.2
    rain = "ฝนตกหนัก น้ำท่วมถนน"
    assert alike(rain, "น้ำท่วมบ้าน ฝนไม่หยุด") > alike(rain, "ไก่ทอดอร่อย") + 0.2


def test_thai_and_english_on_one_thing_lie_together() -> None:
    thai = "แผ่นดินไหวแรงมาก ตึกสั่น"
    assert alike(thai, "strong earthquake, buildings shaking") > alike(thai, "cheap coffee") + 0.1


def test_links_handles_case_and_drawn_out_letters_do_not_count() -> None:
    assert alike("Great COFFEE", "great coffee https://t.co/x @you") == pytest.approx(1)
    assert alike("อร่อยมากกกกก", "อร่อยมาก") == pytest.approx(1)


def test_an_unknown_word_lies_near_its_misspelling() -> None:
    assert alike("zzkrasaephone", "zzkrasaephones") > 0.5


def test_words() -> None:
    cut = Words()
    assert cut.words("I can't WAIT, https://x.co/a @b #iPhone6 😀 กินข้าวยัง") == [
        *("i", "can't", "wait", "iphone6", "😀"),
        *("กินข้าว", "ยัง"),
    ]


@given(texts)
def test_words_in_any_order_are_the_words(text: str) -> None:
    cut = Words()
    assert sorted(cut.unordered(text)) == sorted(cut.words(text))


def test_what_is_remembered_of_unknown_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    small = StaticEmbedding(["one"], np.eye(9, dtype=np.float32))
    batch = [f"one word{letter}" for letter in "abcdefgh"]
    first = small.encode(batch)
    assert len(small._rows) <= 4
    assert np.array_equal(first, small.encode(batch))


def test_a_sum_of_words_and_letters() -> None:
    table = np.zeros((2 + 8, 3), np.float32)
    table[0], table[1] = (3, 0, 0), (0, 4, 0)
    table[2:, 2] = 1
    small = StaticEmbedding(["one", "two"], table)
    found = small.encode(["one two", "one one", "xy", "one xy"])
    assert found[0] == pytest.approx([0.6, 0.8, 0])
    assert found[1] == pytest.approx([1, 0, 0])
    assert found[2] == pytest.approx([0, 0, 1])
    letters = len(grams("xy", 8))
    assert found[3] == pytest.approx(np.array([3, 0, letters]) / np.hypot(3, letters))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", None])
def test_a_damaged_file_is_told(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    if content is not None:
        (tmp_path / "models" / "embedding.npz").write_bytes(content)
    monkeypatch.setattr(module.resources, "files", lambda _: tmp_path)
    with pytest.raises(KrasaeError, match="embedding is missing or damaged"):
        StaticEmbedding.shipped()


@pytest.mark.parametrize("name", ["minilm", "some/model"])
def test_a_missing_extra_says_the_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers.utils", None)
    with pytest.raises(SettingsError) as caught:
        embedding(name)
    assert f'"{name}"' in str(caught.value)
    assert "pip install 'krasae[embeddings]'" in str(caught.value.remedy)


def test_a_folder_of_a_tiny_model(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason=EXTRA)
    model = embedding(str(tiny_bert(tmp_path / "bert")))
    rows = model.encode(["abc", "", "jih"])
    assert (model.dimensions, rows.shape, rows.dtype) == (8, (3, 8), np.float32)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1], abs=1e-5)
    assert rows[2] == pytest.approx(model.encode(["jih"])[0], abs=1e-5)


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason=EXTRA)
    with pytest.raises(SettingsError, match="cannot be loaded"):
        sentence_model.SentenceModel(str(tmp_path))
