"""Every text has its Thai translation, and the catalogue holds nothing else."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import alerts
import krasae
import locales
from locales import marked, translation

PO = Path(locales.__file__).parent / "th" / "LC_MESSAGES" / "krasae.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None, "n_": (1, 2), "say": (1, 2)}
METHODS = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]
Text = str | tuple[str, ...]


def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="th")


def texts_in_use() -> dict[Text, str]:
    """Every text of the code and the templates, and a place where it stands."""
    found: dict[Text, str] = {}
    for room in (alerts, krasae):
        folder = Path(room.__file__ or "").parent
        for name, line, text, _, _ in extract_from_dir(
            folder, METHODS, keywords=KEYWORDS, strip_comment_tags=True
        ):
            key = tuple(text) if isinstance(text, (tuple, list)) else str(text)
            found[key] = f"{folder.name}/{name}:{line}"
    return found


def test_every_text_has_a_translation_and_the_other_way_round() -> None:
    used = texts_in_use()
    known = {
        tuple(one.id) if isinstance(one.id, (tuple, list)) else str(one.id)
        for one in catalogue()
        if one.id
    }
    assert len(used) > 80
    missing = {text: place for text, place in used.items() if text not in known}
    assert missing == {}, f"not in {PO.name}"
    assert known - set(used) == set(), f"in {PO.name} and no longer used"


def test_no_text_hides_in_an_f_string() -> None:
    # The extraction does not look into them, so that such a text would stay English.
    for room in (alerts, krasae):
        for path in Path(room.__file__ or "").parent.rglob("*.py"):
            strings = [
                node
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.JoinedStr)
            ]
            calls = [
                call
                for string in strings
                for call in ast.walk(string)
                if isinstance(call, ast.Call)
                and ast.unparse(call.func).rpartition(".")[2] in KEYWORDS
                and isinstance(call.args[0], ast.Constant)
            ]
            assert not calls, f"{path}:{calls[0].lineno}"


def test_no_translation_is_empty_or_fuzzy() -> None:
    for one in catalogue():
        strings = [one.string] if isinstance(one.string, str) else list(one.string or ())
        assert strings, one.id
        assert all(strings) or not one.id, one.id
        assert not one.fuzzy or not one.id, one.id


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_translations_have_the_same_placeholders() -> None:
    for one in catalogue():
        sources = [one.id] if isinstance(one.id, str) else list(one.id)
        strings = [one.string] if isinstance(one.string, str) else list(one.string or ())
        wanted = set().union(*map(placeholders, sources))
        assert all(placeholders(string) == wanted for string in strings), one.id


def test_translations_are_thai() -> None:
    thai = re.compile("[฀-๿]")
    latin = {
        str(one.id)
        for one in catalogue()
        if isinstance(one.string, str) and one.id and not thai.search(one.string)
    }
    # Nothing in these is a word.
    assert all(not re.sub(r"\{\w+\}|\W", "", text) for text in latin), latin


def test_english_is_the_source() -> None:
    english = translation("en")
    assert english.gettext("surge") == "surge"
    assert english.ngettext("{n} day", "{n} days", 1) == "{n} day"
    assert english.ngettext("{n} day", "{n} days", 2) == "{n} days"


def test_thai_has_one_form_and_falls_back_to_english() -> None:
    thai = translation("th")
    assert thai.gettext("surge") == "กระแสพุ่ง"
    assert thai.gettext("a text nobody translated") == "a text nobody translated"
    assert thai.gettext("") == ""
    assert thai.ngettext("{n} stone", "{n} stones", 2) == "{n} stones"
    assert marked("surge") == "surge"
    assert translation("th") is thai


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError, match="'de'"):
        translation("de")
