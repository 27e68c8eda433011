"""Profiles: shipped, saved, listed, and wrong in every way."""

import re
import tomllib
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from krasae.cli import imports
from listener.errors import InputError, NotFoundError, SettingsError
from listener.importers import load_profile, profile_names, save_profile
from listener.importers.profile import (
    FIELDS,
    FileRules,
    Profile,
    TextRules,
    TimeRules,
    aliases,
    checked,
    field_named,
    profile_text,
)
from listener.model import MentionKind

GOOD = '[columns]\ntext = "a"\npublished_at = "b"\n'
NEEDED = {"text": "text", "published_at": "time"}


def test_shipped_profiles_load() -> None:
    assert set(profile_names()) == {"stocknet", "hackernews", "reddit"}
    for name in profile_names():
        assert load_profile(name).description


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="stocknet"):
        load_profile("stoknet")


def test_saving_and_loading(tmp_path: Path) -> None:
    profile = checked(
        {
            "columns": {**NEEDED, "labels": ["แท็ก", "b"]},
            "kinds": {"RT": "repost"},
            "time": {"dayfirst": True, "zone": "Asia/Bangkok"},
            "labels": "all",
        },
        where="test",
    )
    path = save_profile(profile, tmp_path / "profiles", name="mine")
    assert path == tmp_path / "profiles" / "mine.toml"
    loaded = load_profile("mine", tmp_path / "profiles")
    assert loaded == profile.model_copy(update={"name": "mine"})
    assert set(profile_names(tmp_path / "profiles")) > {"mine", "reddit"}


def test_ones_own_profile_wins_over_a_shipped_one(tmp_path: Path) -> None:
    save_profile(checked({"columns": NEEDED}, where="test"), tmp_path, name="reddit")
    assert load_profile("reddit", tmp_path).columns["text"] == ("text",)
    assert load_profile("reddit").columns["text"] == ("title", "selftext")


@pytest.mark.parametrize("name", ["../up", "a/b", "", "Ü", "a" * 65, ".hidden"])
def test_a_name_is_not_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        save_profile(checked({"columns": NEEDED}, where="test"), tmp_path, name=name)
    with pytest.raises(NotFoundError):
        load_profile(name, tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("a file")
    with pytest.raises(SettingsError, match="cannot be written"):
        save_profile(checked({"columns": NEEDED}, where="t"), tmp_path / "profiles", name="x")


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("columns = ", "not TOML", ""),
        ('plattform = "x"\n' + GOOD, "plattform", "platform"),
        ('[columns]\ntext = "a"', "published_at must name a column", ""),
        (GOOD + 'authr = "c"', 'no field "authr"', ""),
        (GOOD + "[time]\nday_first = true", "time.day_first", "dayfirst"),
        (GOOD + '[time]\nzone = "Asia/Bangok"', "Asia/Bangkok", ""),
        ('kind = "tweet"\n' + GOOD, "kind", ""),
        ('url = "javascript:1"\n' + GOOD, "native_id", ""),
        ('[columns]\ntext = []\npublished_at = "b"', "columns.text", ""),
        ("[file]\nheader_row = 0\n" + GOOD, "file.header_row", ""),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str, remedy: str) -> None:
    (tmp_path / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as error:
        load_profile("bad", tmp_path)
    assert str(tmp_path / "bad.toml") in error.value.message
    assert message in error.value.message
    assert remedy in error.value.remedy


def test_a_profile_that_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes("# ไทย".encode("cp874"))
    with pytest.raises(SettingsError, match="cannot be read"):
        load_profile("bad", tmp_path)


def test_fields_by_other_names() -> None:
    assert field_named("Text") == "text"
    assert field_named("time") == field_named("created_at") == "published_at"
    assert field_named("id") == "native_id"
    with pytest.raises(InputError, match="no field"):
        field_named("colour")


def test_the_aliases_are_about_fields_and_kinds_that_exist() -> None:
    data = aliases()
    assert set(data["columns"]) == set(FIELDS)
    kinds = {kind.value for kind in MentionKind}
    assert set(data["kinds"]) == kinds
    assert set(data["flags"]) <= kinds
    for group in ("columns", "platforms", "kinds", "languages"):
        for names in data[group].values():
            assert len(set(names)) == len(names)
            assert all(name == name.casefold() for name in names)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(words, min_size=1, max_size=3), words, words)
def test_what_is_saved_is_toml_and_comes_back(names: list[str], kind: str, join: str) -> None:
    profile = checked(
        {
            "columns": {"text": names, "published_at": names[0]},
            "kinds": {kind: "repost"},
            "text": {"join": join},
        },
        where="test",
    )
    text = profile_text(profile)
    assert checked(tomllib.loads(text), where="test") == profile


def test_the_documented_profile_has_every_key_and_loads() -> None:
    document = (Path(__file__).parents[3] / "docs" / "importing.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    values = tomllib.loads(example)
    checked(values, where="docs/importing.md")
    assert set(values) == set(Profile.model_fields) - {"name"}
    for section, rules in (("text", TextRules), ("time", TimeRules), ("file", FileRules)):
        assert set(values[section]) == set(rules.model_fields)


def test_the_documented_options_are_those_of_the_command() -> None:
    document = (Path(__file__).parents[3] / "docs" / "importing.md").read_text("utf-8")
    app = typer.Typer()
    imports.register(app)
    command = get_command(app).commands["import"]  # type: ignore[attr-defined]
    options = {name for parameter in command.params for name in parameter.opts if name[:2] == "--"}
    for option in options - {"--config"}:
        assert f"`{option}`" in document
