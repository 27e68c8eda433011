"""Fitting topics with BERTopic, on a few hundred posts of six themes in two languages."""

import random
import sys
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from listener.errors import InputError, SettingsError
from nlp.embeddings import StaticEmbedding
from nlp.stopwords import stop_words
from nlp.tokens import Tokenizer
from nlp.topics.clusters import MOST_OUTLIERS, clustered
from nlp.topics.fit import FEWEST, fit
from nlp.topics.model import NONE, Fit, TopicModel, Vectors
from nlp.topics.spelling import spelled

# For each theme: who or what, what is said of it, and the rest.
THEMES = {
    "battery": ("battery charger phone", "drains dies overheats charges", "overnight fast again"),
    "football": ("striker goalkeeper team", "scored missed saved lost", "penalty match league"),
    "cooking": ("chicken curry soup", "tastes needs wants simmers", "garlic onion ginger salt"),
    "แบต": ("แบตเตอรี่ มือถือ สายชาร์จ", "เสื่อม ร้อน ชาร์จ หมด", "ไฟ เครื่อง ศูนย์บริการ"),
    "ฝน": ("ฝนตก น้ำท่วม พายุ", "ถนน หมู่บ้าน จังหวัด", "รถติด อพยพ เตือนภัย"),
    "กาแฟ": ("กาแฟ ลาเต้ ชาเขียว", "หอม หวาน เข้ม นุ่ม", "คาเฟ่ แก้ว เมล็ด นม"),
}
EACH = 50


def posts() -> tuple[list[str], list[str]]:
    chance = random.Random(7)
    found = []
    for theme, parts in THEMES.items():
        made: dict[str, None] = {}
        while len(made) < EACH:
            words = [chance.choice(part.split()) for part in (*parts, *parts)]
            chance.shuffle(words)
            made[("" if theme > "z" else " ").join(words)] = None
        found += [(text, theme) for text in made]
    chance.shuffle(found)
    return [text for text, _ in found], [theme for _, theme in found]


@pytest.fixture(scope="module")
def embedding() -> StaticEmbedding:
    pytest.importorskip("bertopic", reason="topics need krasae[topics]")
    return StaticEmbedding.shipped()


TEXTS, LABELS = posts()


@pytest.fixture(scope="module")
def vectors(embedding: StaticEmbedding) -> Vectors:
    return embedding.encode(TEXTS)


@pytest.fixture(scope="module")
def found(vectors: Vectors) -> Fit:
    return fit(TEXTS, vectors)


def test_each_theme_is_a_topic(found: Fit) -> None:
    of_topic: dict[int, Counter[str]] = {}
    for one, label in zip(found.topics.tolist(), LABELS, strict=True):
        of_topic.setdefault(one, Counter())[label] += 1
    of_topic.pop(NONE, None)
    purest = sum(counts.most_common(1)[0][1] for counts in of_topic.values())
    assert purest >= 0.95 * sum(counts.total() for counts in of_topic.values())
    assert {counts.most_common(1)[0][0] for counts in of_topic.values()} >= {
        "football",
        "cooking",
        "ฝน",
        "กาแฟ",
    }


def test_few_are_outliers(found: Fit) -> None:
    assert found.outliers == (found.topics == NONE).mean() <= MOST_OUTLIERS
    assert np.array_equal(found.similarity > 0, found.topics != NONE)


def test_names_are_words_of_the_posts_and_no_stop_words(found: Fit) -> None:
    for topic in found.model.topics:
        members = [TEXTS[place] for place in np.flatnonzero(found.topics == topic.id)]
        assert 1 <= len(topic.terms) <= 10
        assert topic.label == ", ".join(topic.terms[:3])
        for term in topic.terms:
            assert term not in stop_words()
            assert len(term) <= 30
            assert any(all(word in text for word in term.split()) for text in members)
        thai = any("\u0e00" <= letter <= "\u0e7f" for letter in "".join(members))
        assert topic.language == ("th" if thai else "en")


def test_sizes_representatives_and_groups(found: Fit, vectors: Vectors) -> None:
    groups = {group.id: group for group in found.model.groups}
    for topic in found.model.topics:
        assert topic.size == (found.topics == topic.id).sum()
        assert topic.representatives
        assert all(found.topics[place] == topic.id for place in topic.representatives)
        for one, other in combinations(topic.representatives, 2):
            assert vectors[one] @ vectors[other] < 0.9
        assert topic.parent is None or topic.id in groups[topic.parent].topics
    for group in groups.values():
        assert len(group.topics) > 1
        assert group.label


def test_the_same_again(found: Fit, vectors: Vectors) -> None:
    again = fit(TEXTS, vectors)
    assert again.model.to_bytes() == found.model.to_bytes()
    assert np.array_equal(again.topics, found.topics)


def test_a_refit_keeps_identities(found: Fit, vectors: Vectors) -> None:
    order = np.random.default_rng(3).permutation(len(TEXTS))
    again = fit([TEXTS[place] for place in order], vectors[order], previous=found.model)
    assert again.churn is not None
    assert again.churn.share_kept == 1
    assert (again.topics == found.topics[order]).mean() >= 0.95
    before = {topic.id: topic for topic in found.model.topics}
    for topic in again.model.topics:
        if topic.id in before:
            assert topic.colour == before[topic.id].colour
            renamed = topic.id in again.churn.renamed
            assert (topic.label != before[topic.id].label) == renamed


def test_new_posts_get_the_topic_of_their_theme(found: Fit, embedding: StaticEmbedding) -> None:
    new = ["the goalkeeper saved a penalty in the match", "น้ำท่วมถนนหลังฝนตก รถติดมาก", ""]
    ids, _ = found.model.assign(embedding.encode(new))
    for text_id, theme in zip(ids.tolist(), ("football", "ฝน"), strict=False):
        members = Counter(
            label for one, label in zip(found.topics, LABELS, strict=True) if one == text_id
        )
        assert members.most_common(1)[0][0] == theme
    assert ids[2] == NONE
    known = TopicModel.from_bytes(found.model.to_bytes()).assign(embedding.encode(new))[0]
    assert np.array_equal(known, ids)


def test_a_storm_of_copies_makes_no_topic_of_its_own(
    embedding: StaticEmbedding, vectors: Vectors
) -> None:
    storm = "BREAKING the striker scored a penalty and the league match is lost"
    copies = [f"RT @fan{number}: {storm} https://t.co/{number}" for number in range(400)]
    all_vectors = np.vstack([vectors, embedding.encode(copies)])
    stormy = fit(TEXTS + copies, all_vectors)
    (one,) = set(stormy.topics[len(TEXTS) :].tolist())
    assert one != NONE
    inside = Counter(
        label for found, label in zip(stormy.topics, LABELS, strict=False) if found == one
    )
    assert inside["football"] >= 20
    topic = stormy.model.topic(one)
    assert topic is not None
    assert topic.size == inside.total() + 400
    assert sum(place >= len(TEXTS) for place in topic.representatives) <= 1


def test_stops_name_no_topic(vectors: Vectors) -> None:
    named = fit(TEXTS, vectors, stops=("Battery", "กาแฟ"))
    assert {"battery", "กาแฟ"}.isdisjoint(
        term for topic in named.model.topics for term in topic.terms
    )


def test_too_few_different_texts(vectors: Vectors) -> None:
    with pytest.raises(InputError, match="only 1 say something"):
        fit(["the same words in each of these posts"] * 500, np.tile(vectors[:1], (500, 1)))
    with pytest.raises(InputError, match=f"topics need {FEWEST}"):
        fit([""] * 100, np.zeros((100, 256), np.float32))
    with pytest.raises(InputError, match="only 0"):
        fit([], np.zeros((0, 256), np.float32))
    with pytest.raises(ValueError, match="2 texts"):
        fit(["one", "two"], vectors)


def test_texts_that_share_nothing_give_an_answer(embedding: StaticEmbedding) -> None:
    chance = random.Random(1)
    odd = ["".join(chance.choices("😀😂🔥👍🎉", k=k % 9 + 1)) + str(k) for k in range(60)]
    odd += ["", "   ", "\u200b", "555", "https://t.co/a"]
    answer = fit(odd, embedding.encode(odd))
    assert len(answer.topics) == len(odd)
    assert answer.topics[-5] == NONE


def test_another_embedding_is_refused(found: Fit, vectors: Vectors) -> None:
    with pytest.raises(SettingsError, match="made with the embedding"):
        fit(TEXTS, vectors, embedding="minilm", previous=found.model)


def test_without_bertopic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bertopic", None)
    with pytest.raises(SettingsError, match=r"krasae\[topics\]"):
        fit(TEXTS, np.zeros((len(TEXTS), 256), np.float32))


def test_clusters_do_not_depend_on_how_communities_are_numbered(vectors: Vectors) -> None:
    clusters = clustered(vectors, seed=1)
    sizes = np.bincount(clusters.labels[clusters.labels >= 0])
    assert sorted(sizes, reverse=True) == sizes.tolist()
    assert np.allclose(np.linalg.norm(clusters.centroids, axis=1), 1, atol=1e-5)


def test_thai_names_are_made_whole() -> None:
    tokenizer = Tokenizer()
    texts = [f"นายสุชาติ ชมกลิ่น ตรวจโรงงาน {number}" for number in range(5)]
    assert spelled("สุ ชาติ", texts, tokenizer).endswith("สุชาติ")
    assert spelled("ชาติ ชม", texts, tokenizer) == ""  # across a space
    assert spelled("iphone 6", texts, tokenizer) == "iphone 6"
    assert spelled("โรงงาน", texts, tokenizer) == "โรงงาน"
