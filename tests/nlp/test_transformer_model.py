"""A larger sentiment model by one line of configuration, with a tiny one made here."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.errors import SettingsError
from nlp import pretrained
from nlp.enrich import Enricher
from nlp.sentiment import Sentiment
from nlp.settings import NlpSettings, SentimentClass
from nlp.transformer_model import TransformerModel, larger_models, meanings
from tests.nlp.strategies import texts as any_text
from tests.nlp.tiny import tiny_bert

WHY = "needs krasae[embeddings] (torch, transformers)"
torch = pytest.importorskip("torch", reason=WHY)
pytest.importorskip("transformers", reason=WHY)

FOUR = ("pos", "neu", "neg", "q")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("tiny") / "four", FOUR)


@pytest.fixture(scope="module")
def model(folder: Path) -> TransformerModel:
    return TransformerModel(str(folder))


def close(one: Sentiment, other: Sentiment) -> bool:
    numbers = (one.probability, one.question), (other.probability, other.question)
    return one.label == other.label and np.allclose(*numbers, atol=2e-4)


def test_it_says_what_the_network_says(model: TransformerModel, folder: Path) -> None:
    import transformers

    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    ids = torch.tensor([[2, 5, 16, 17, 3]])  # [CLS] a ##b ##c [SEP]
    with torch.inference_mode():
        positive, neutral, negative, question = torch.softmax(network(ids).logits[0], 0).tolist()
    [found] = model.read(["abc"])
    chances = {"negative": negative, "neutral": neutral + question, "positive": positive}
    assert found.label == max(chances, key=chances.__getitem__)
    assert found.probability == pytest.approx(chances[found.label], abs=1e-4)
    assert found.question == pytest.approx(question, abs=1e-4)


def test_texts_differ(model: TransformerModel) -> None:
    assert len({found.probability for found in model.read(["abc", "jj", "a b c", "hi"])}) > 2


@settings(max_examples=20)
@given(st.lists(st.text(alphabet="abcdefghij ", max_size=60), max_size=8))
def test_a_batch_is_its_texts_but_for_rounding(model: TransformerModel, batch: list[str]) -> None:
    together = model.read(batch)
    assert len(together) == len(batch)
    for text, found in zip(batch, together, strict=True):
        assert close(found, model.read([text])[0])


@settings(max_examples=20)
@given(any_text)
def test_any_text_has_an_answer(model: TransformerModel, text: str) -> None:
    [found] = model.read([text])
    assert 1 / 3 <= found.probability <= 1
    assert 0 <= found.question <= 1


def test_empty_and_endless_texts(folder: Path) -> None:
    enricher = Enricher(NlpSettings(sentiment=str(folder)))
    empty, endless, one = enricher.enrich(["", "abc " * 250_000, "abc"])
    assert (empty.sentiment, empty.sentiment_probability) == ("neutral", 1.0)
    assert 0 < endless.sentiment_probability < 1
    assert one == enricher.enrich(["abc"])[0]


def test_one_line_reads_both_languages_and_the_stage_agrees(folder: Path) -> None:
    own, shipped = Enricher(NlpSettings(sentiment=str(folder))), Enricher(NlpSettings())
    for text in ("I love this phone", "บริการแย่มาก"):
        clean, _ = own.tokens([text])
        assert own.enrich([text])[0].sentiment == TransformerModel(str(folder)).read(clean)[0].label
        assert shipped.enrich([text])[0].sentiment in ("positive", "negative")


def test_one_language_alone(folder: Path) -> None:
    models = larger_models(NlpSettings(sentiment={"th": str(folder)}))
    assert list(models) == ["th"]
    both = larger_models(NlpSettings(sentiment=str(folder)))
    assert both["th"] is both["en"]  # loaded once
    assert larger_models(NlpSettings()) == {}


@pytest.mark.parametrize(
    ("labels", "mapped", "expected"),
    [
        (("neg", "neu", "pos"), {}, "negative neutral positive"),
        (("POSITIVE", "NEGATIVE"), {}, "positive negative"),
        (("Very_Negative", "Negative", "neutral"), {}, "negative negative neutral"),
        (
            ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"),
            {},
            "negative negative neutral positive positive",
        ),
        (("pos", "neu", "neg", "q"), {}, "positive neutral negative question"),
        (("ลบ", "กลาง", "บวก"), {}, "negative neutral positive"),
        (("LABEL_0", "LABEL_1"), {"label_0": "positive", "LABEL_1": "negative"},
         "positive negative"),
        (("joy", "anger", "neutral"), {"joy": "positive", "anger": "negative"},
         "positive negative neutral"),
        (("pos", "neg"), {"pos": "negative", "neg": "positive"}, "negative positive"),
    ],
)  # fmt: skip
def test_what_labels_mean(
    labels: tuple[str, ...], mapped: Mapping[str, SentimentClass], expected: str
) -> None:
    assert " ".join(meanings("a model", labels, mapped)) == expected


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("LABEL_0", "LABEL_1"), "LABEL_0, LABEL_1 means is not known"),
        (("neg", "spam"), "what spam means is not known"),
        (("1 star", "2 stars"), "1 star, 2 stars means is not known"),
        (("neu", "q"), "neu, q, which is always neutral"),
    ],
)
def test_labels_that_say_nothing_are_listed(labels: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        meanings("a model", labels, {})
    assert said in str(caught.value)
    assert "sentiment_labels = {" in str(caught.value.remedy)


def test_labels_by_configuration(tmp_path: Path) -> None:
    plain = str(tiny_bert(tmp_path / "plain", ("LABEL_0", "LABEL_1", "LABEL_2")))
    with pytest.raises(SettingsError, match="LABEL_0, LABEL_1, LABEL_2"):
        TransformerModel(plain)
    labels: dict[str, SentimentClass] = {
        "LABEL_0": "negative",
        "LABEL_1": "neutral",
        "LABEL_2": "positive",
    }
    models = larger_models(NlpSettings(sentiment=plain, sentiment_labels=labels))
    assert models["th"].meanings == ("negative", "neutral", "positive")
    with pytest.raises(SettingsError, match="No sentiment model says joy"):
        larger_models(NlpSettings(sentiment=plain, sentiment_labels={**labels, "joy": "positive"}))


def test_what_does_not_classify_is_refused(tmp_path: Path) -> None:
    """transformers would give it a head of chance."""
    with pytest.raises(SettingsError, match="was not trained to classify texts"):
        TransformerModel(str(tiny_bert(tmp_path / "bare")))
    with pytest.raises(SettingsError, match="gives a number and no labels"):
        TransformerModel(str(tiny_bert(tmp_path / "one", ("score",))))


def test_a_cross_encoder_of_sentence_transformers(folder: Path, tmp_path: Path) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers", reason=WHY)
    sentence_transformers.CrossEncoder(str(folder)).save(str(tmp_path / "saved"))
    found = TransformerModel(str(tmp_path / "saved")).read(["abc", "jj"])
    assert all(map(close, found, TransformerModel(str(folder)).read(["abc", "jj"])))


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_folder_is_told(folder: Path, tmp_path: Path, damage: str) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "vocab.txt").unlink()
    (broken / damage).write_bytes(b"no model")
    with pytest.raises(SettingsError, match=r"broken.*cannot be loaded: .+"):
        TransformerModel(str(broken))


@pytest.mark.parametrize("name", ["/nowhere/at all", "nowhere/../at/all"])
def test_a_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded: there is no such folder"):
        TransformerModel(name)


def test_a_name_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model that is not on this machine, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert pretrained.folder_of("someone/model") is None
    with pytest.raises(SettingsError, match=r"huggingface\.co is out of reach") as caught:
        TransformerModel("someone/model")
    assert "folder" in str(caught.value.remedy)


def test_the_missing_extra_says_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers.utils", None)
    with pytest.raises(SettingsError) as caught:
        TransformerModel("some/model")
    assert "pip install 'krasae[embeddings]'" in str(caught.value.remedy)
