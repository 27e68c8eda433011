"""Whom and what a text names: listed names, people by their titles, and a trained pipeline."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.errors import SettingsError
from nlp.enrich import Enricher
from nlp.entities import MOST, EntityFinder
from nlp.language import LanguageFinder
from nlp.model import Entity
from nlp.names import KINDS, shipped_names
from nlp.settings import NlpSettings
from nlp.text import normalise
from nlp.tokens import Tokenizer
from tests.nlp.strategies import texts as posts

TOKENIZER, LANGUAGES = Tokenizer(), LanguageFinder()
FINDER = EntityFinder(TOKENIZER)


def found(
    texts: Sequence[str], finder: EntityFinder = FINDER, tokenizer: Tokenizer = TOKENIZER
) -> list[tuple[Entity, ...]]:
    clean = [normalise(text) for text in texts]
    tokens = [tokenizer.tokens(text) for text in clean]
    return finder.entities(clean, tokens, [LANGUAGES.language(text) for text in clean])


def named(text: str, finder: EntityFinder = FINDER, tokenizer: Tokenizer = TOKENIZER) -> str:
    [entities] = found([text], finder, tokenizer)
    return ", ".join(f"{entity.kind} {entity.name}" for entity in entities)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apple unveils the IPHONE 6 in new york", "brand Apple, product iPhone, place New York"),
        ("an apple a day", ""),
        ("#Apple $AAPL @Apple http://apple.com/iphone", ""),
        ("Apple Watch and Apple's iPad", "product Apple Watch, brand Apple, product iPad"),
        ("Samsung, samsung and SAMSUNG", "brand Samsung"),
        ("panama hats with jersey from Panama", "place Panama"),
        ("Chiang Mai or chiang mai, Bangkok!", "place Chiang Mai, place Bangkok"),
        ("โตโยต้าเปิดโรงงานที่เชียงใหม่และญี่ปุ่น", "brand โตโยต้า, place เชียงใหม่, place ญี่ปุ่น"),
        ("แพงไปเลย ตากผ้าแล้ว", ""),  # เลย and ตาก are provinces too
        ("กระทรวงสาธารณสุขเตือน", "organisation กระทรวงสาธารณสุข"),
        ("the Federal Reserve and the FDA", "organisation Federal Reserve, organisation FDA"),
        ("", ""),
        ("😂😂 555", ""),
    ],
)
def test_names_that_are_known(text: str, expected: str) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we met Mr. Bean and Dr Jane Smith-Jones", "person Bean, person Jane Smith-Jones"),
        ("new CEO John A. Smith is here", "person John A. Smith"),
        ("their CEO Smith is here", ""),  # one word behind a role may be anything
        ("CEO Hints Bigger Watch Before Christmas Season", ""),  # a headline
        ("their CEO says it is over", ""),
        ("the MS in Redmond", ""),
        ("นายสมชาย ใจดี กล่าวว่า", "person สมชาย ใจดี"),
        ("นายสมชาย มาสายอีกแล้ว", "person สมชาย"),
        ("โดยพล.อ.ประยุทธ์ จันทร์โอชา นายกรัฐมนตรี", "person ประยุทธ์ จันทร์โอชา"),
        ("นายกรัฐมนตรีแถลง เจ้านายใจดี", ""),
        ("ดร.สมคิด จาตุศรีพิทักษ์", "person สมคิด"),  # a family that no list knows
        ("พบกับ วิรัช ร่มเย็น วันนี้", "person วิรัช ร่มเย็น"),
        ("วิรัชร่มเย็น ร่มเย็น วิรัช", ""),
    ],
)
def test_people(text: str, expected: str) -> None:
    assert named(text) == expected


def test_names_of_ones_own_come_first_and_are_not_split() -> None:
    own = NlpSettings(entities={"product": ("กอนบ็อกซ์", "GON Box", "MK"), "person": ("Apple",)})
    enrich = Enricher(own).enrich
    [thai, latin, short, moved] = enrich(
        ["สั่งกอนบ็อกซ์มากิน", "one gon box, please", "mk or MK", "Apple called"]
    )
    assert thai.entities == (Entity("กอนบ็อกซ์", "product"),)
    assert "กอนบ็อกซ์" in thai.terms
    assert latin.entities == (Entity("GON Box", "product"),)
    assert short.entities == (Entity("MK", "product"),)
    assert moved.entities == (Entity("Apple", "person"),)
    assert enrich(["only mk"])[0].entities == ()  # of three letters or fewer: as written


def test_every_shipped_name_is_found_as_it_is_written() -> None:
    names = {name.text.casefold(): name for name in shipped_names()}
    [*answers] = found([name.text for name in names.values()])
    missed = [
        name.text
        for name, entities in zip(names.values(), answers, strict=True)
        if Entity(name.text, name.kind) not in entities
    ]
    assert missed == []
    assert {name.kind for name in names.values()} == set(KINDS)


@given(st.lists(posts, max_size=5))
@settings(max_examples=40)
def test_none_depends_on_the_batch(batch: list[str]) -> None:
    some = [*batch, "Apple and CEO Tim Cook", "นายสมชาย ใจดี", *(f"Dr. {text}" for text in batch)]
    assert found(some) == [found([text])[0] for text in some]


@given(posts)
def test_a_person_is_named_as_in_the_text(text: str) -> None:
    text = f"Dr. {text} and นายสมชาย {text}"
    for entity in found([text])[0]:
        if entity.kind == "person":
            assert entity.name in normalise(text)


def test_no_more_than_a_reader_takes_in() -> None:
    names = [name.text for name in shipped_names() if name.kind == "place"]
    assert len(found([", ".join(names[:100])])[0]) == MOST


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline of the user's own making, small enough to be made here."""
    import spacy

    made = spacy.blank("en")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [
            {"label": "GPE", "pattern": "Gotham"},
            {"label": "PERSON", "pattern": "Tim"},
            {"label": "DATE", "pattern": "Friday"},
        ]
    )
    folder = tmp_path_factory.mktemp("pipelines") / "gotham"
    made.to_disk(folder)
    return folder


def test_a_trained_pipeline_adds_what_it_finds(pipeline: Path) -> None:
    enrich = Enricher(NlpSettings(spacy_pipeline=str(pipeline))).enrich
    [english, thai] = enrich(["CEO Tim Cook of Apple goes to Gotham on Friday", "Gotham อยู่ไหนคะ"])
    assert english.entities == (
        Entity("Tim Cook", "person"),  # the longer one of two that overlap
        Entity("Apple", "brand"),
        Entity("Gotham", "place"),
    )
    assert thai.entities == ()  # an English pipeline is not asked for Thai


def test_a_pipeline_that_is_not_there_says_what_to_do() -> None:
    enricher = Enricher(NlpSettings(spacy_pipeline="en_core_nowhere"))  # loaded on first use
    with pytest.raises(SettingsError, match="en_core_nowhere") as caught:
        enricher.enrich(["Gotham"])
    assert "Install it" in caught.value.remedy
