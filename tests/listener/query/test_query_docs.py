"""docs/query.md says what is so."""

import re
from pathlib import Path
from typing import get_args

import pytest

from listener.errors import QuerySyntaxError
from listener.query import Document, matcher, parse
from listener.query.tree import FieldName

DOCS = (Path(__file__).parents[3] / "docs" / "query.md").read_text("utf-8")


def rows(heading: str) -> list[tuple[str, str]]:
    """The rows of the table under a heading."""
    section = DOCS.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.strip("|").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    return [(first.strip(), second.strip()) for first, second in cells[1:]]


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_form_parses() -> None:
    forms = [code for first, _ in rows("What there is") for code in codes(first)]
    assert len(forms) > 15
    for form in forms:
        if form not in ("( … )", "AND"):
            assert parse(f"x {form}")


def test_every_field_is_told() -> None:
    told = {code.partition(":")[0] for first, _ in rows("What there is") for code in codes(first)}
    assert set(get_args(FieldName)) < told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (group.split("` `")[0], other)
        for _, alike in rows("Spellings that are alike")
        for group in re.findall(r"`((?:[^`]|` `)+)`", alike)
        for other in group.split("` `")[1:]
    ],
)
def test_spellings_that_are_alike_find_each_other(one: str, other: str) -> None:
    for query, text in ((one, other), (other, one)):
        quoted = query.replace('"', "")
        assert matcher(parse(f'"{quoted}"'))(Document(text))


def test_the_error_shown_is_the_error() -> None:
    with pytest.raises(QuerySyntaxError) as raised:
        parse("ของดีที่นี่ lang:thai")
    assert f"krasae: {raised.value}\n" in DOCS
