"""A new workspace is valid by construction, private, and overwrites nothing."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krasae.initialise import (
    OFFERS,
    brand_id,
    brands_from,
    create,
    named_query,
    offers,
    settings_from,
    sources_from,
)
from krasae.reference import config_text, sections, toml_value
from krasae.settings import Settings, load_settings, parse_settings
from listener.collect.station import stations
from listener.errors import InputError, KrasaeError, QuerySyntaxError, SettingsError
from listener.query import parse
from listener.settings import BrandSettings

# An option that begins with env: is not its own text, but a variable's.
ANY_TEXT = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t[:4] != "env:")


def simple(name: str = "Bar B Q") -> Settings:
    brands = brands_from([named_query('Plaza="bar b q" OR บาร์บีคิวพลาซ่า')], [named_query("MK")])
    return settings_from(name=name, timezone="Asia/Bangkok", language="th", brands=brands)


def parses(query: str) -> bool:
    try:
        parse(query)
    except QuerySyntaxError:
        return False
    return True


@given(name=ANY_TEXT, brand=ANY_TEXT, query=ANY_TEXT.filter(parses), word=ANY_TEXT)
def test_any_name_and_query_come_back_from_the_file(
    name: str, brand: str, query: str, word: str
) -> None:
    settings = Settings.model_validate(
        {
            "workspace": {"name": name, "timezone": "Europe/Berlin"},
            "brands": [{"id": "a", "name": brand, "query": query, "own": True}],
            "channels": [{"name": "a", "type": "b", "options": {name: [brand, {word: 1.5}]}}],
            "retention": {"platforms": {word: 3}},
            "nlp": {"words": [word, brand]},
        }
    )
    assert parse_settings(config_text(settings), Path("config.toml"), {}) == settings


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_escaped(text: str) -> None:
    assert tomllib.loads(f"x = {toml_value(text)}")["x"] == text


@given(name=ANY_TEXT, taken=st.sets(st.sampled_from(["brand", "brand-2", "x"])))
def test_any_name_gives_a_new_id(name: str, taken: set[str]) -> None:
    found = brand_id(name, taken)
    assert found not in taken
    assert BrandSettings(id=found, name="x", query="x").id == found


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Bar B Q Plaza", "bar-b-q-plaza"),
        ("Café Amazon", "cafe-amazon"),
        ("บาร์บีคิวพลาซ่า", "babikhiophlasa"),
        ("小米", "brand"),
        ("7-Eleven!", "7-eleven"),
    ],
)
def test_ids_can_be_read(name: str, slug: str) -> None:
    assert brand_id(name, set()) == slug
    assert brand_id(name, {slug}) == f"{slug}-2"


def test_taking_the_comment_signs_away_gives_the_defaults() -> None:
    settings = simple()
    text = config_text(settings)
    lines = []
    for line in text.splitlines():
        bare = line.removeprefix("# ")
        is_default = line.startswith("# ") and " = " in bare and bare.split(" = ")[0].isidentifier()
        is_title = re.fullmatch(r"\[+\w+\]+", bare)
        lines.append(bare if is_default or is_title else line)
    freed = parse_settings("\n".join(lines), Path("config.toml"), {})
    assert [source.name for source in freed.sources] == ["news"]
    assert freed.digest.language == "th"
    assert freed.receiver.public
    assert freed.nlp.spacy_pipeline == "en_core_web_sm"
    same = {"sources": (), "channels": (), "digest": settings.digest, "receiver": settings.receiver}
    same["nlp"] = freed.nlp.model_copy(update={"spacy_pipeline": None})
    assert freed.model_copy(update=same) == settings


def test_every_section_and_key_is_in_the_file() -> None:
    text = config_text(settings_from(name="x", timezone="UTC", language="en"))
    for name, model, is_list in sections():
        assert (f"# [[{name}]]" if is_list else f"\n[{name}]\n") in text
        for key in model.model_fields:
            assert f"{key} = " in text


def test_what_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "ที่ทำงาน"
    written = create(folder, simple(), environment={})
    assert [path.name for path in written] == ["krasae.db", ".env", ".gitignore", "config.toml"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in written)
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert (folder / ".gitignore").read_text() == ".env\nkrasae.db*\n"
    settings = load_settings(folder / "config.toml")
    assert [(brand.id, brand.own) for brand in settings.brands] == [("plaza", True), ("mk", False)]
    assert settings.workspace.language == "th"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1")
    (tmp_path / ".gitignore").write_text("*.pyc\n.env\n")
    create(tmp_path, simple(), environment={})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert before[".env"].startswith(b"OTHER=1\n")
    assert before[".gitignore"] == b"*.pyc\n.env\nkrasae.db*\n"
    with pytest.raises(SettingsError, match="Nothing was written"):
        create(tmp_path, simple("Other"), environment={})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    assert [path.name for path in create(tmp_path, simple("Other"), force=True)] == ["config.toml"]
    assert (tmp_path / "config.toml.old").read_bytes() == before["config.toml"]
    assert (tmp_path / ".env").read_bytes() == before[".env"]
    assert load_settings(tmp_path / "config.toml").workspace.name == "Other"


def test_a_key_in_the_environment_is_not_written_down(tmp_path: Path) -> None:
    create(tmp_path, simple(), environment={"KRASAE_AUTHOR_KEY": "sixteen characters and more"})
    assert not (tmp_path / ".env").exists()


def test_a_database_of_another_key_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    create(tmp_path, simple(), environment={})
    (tmp_path / ".env").unlink()
    (tmp_path / "config.toml").unlink()
    with pytest.raises(SettingsError, match="not the one this database was written with"):
        create(tmp_path, simple(), environment={})
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / "config.toml").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KrasaeError) as caught:
        create(tmp_path / "file" / "inside", simple(), environment={})
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "error"),
    [("=query", InputError), ("", InputError), ("A=(", QuerySyntaxError), ("\udcff=x", InputError)],
)
def test_brands_that_cannot_be(text: str, error: type[KrasaeError]) -> None:
    with pytest.raises(error):
        named_query(text)


def test_answers_that_cannot_be() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(name="", timezone="Asia/Bangkokk", language="fr")
    assert caught.value.message.splitlines() == [
        'name: expected text that is not empty, not ""',
        'timezone: there is no time zone "Asia/Bangkokk"; did you mean Asia/Bangkok?',
        "language: expected 'th' or 'en', not \"fr\"",
    ]


def test_the_sources_that_are_offered_can_be_heard() -> None:
    """As they are written into the file: their options are good, and none needs a key."""
    brands = brands_from([named_query("MK")], [])
    for timezone, language in (("Asia/Bangkok", "en"), ("Europe/Berlin", "en"), ("UTC", "th")):
        settings = settings_from(
            name="x",
            timezone=timezone,
            language=language,
            brands=brands,
            sources=sources_from(OFFERS, timezone=timezone, language=language),
        )
        text = config_text(settings)
        assert parse_settings(text, Path("config.toml"), {}) == settings
        assert all(f": docs/sources/{offer.type}.md\n" in text for offer in OFFERS)
        assert not [line for line in text.splitlines() if "env:" in line and line[0] != "#"]
        ready = stations(settings.sources)
        assert [station.name for station in ready] == [offer.name for offer in OFFERS]
        assert not any(station.fault for station in ready)


def test_news_are_searched_where_one_is() -> None:
    def editions(timezone: str, language: str) -> list[str]:
        [news] = sources_from(offers("news", brands=True), timezone=timezone, language=language)
        return [address.rpartition("=")[2] for address in news.options["searches"]]

    assert editions("Asia/Bangkok", "th") == ["TH:th"]
    assert editions("Asia/Bangkok", "en") == ["TH:th", "US:en"]
    assert editions("Europe/Berlin", "en") == ["US:en"]


def test_which_sources_are_meant() -> None:
    assert offers("all", brands=True) == OFFERS
    assert [offer.name for offer in offers("ALL", brands=False)] == [
        "bluesky",
        "hackernews",
        "trends",
    ]
    assert offers("none", brands=True) == ()
    assert [offer.name for offer in offers("news, bluesky,news", brands=True)] == [
        "news",
        "bluesky",
    ]
    for text, brands in (("x", True), ("all,bluesky", True), ("news", False)):
        with pytest.raises(InputError) as caught:
            offers(text, brands=brands)
        assert caught.value.remedy
