"""`krasae label --next`: the least sure mentions and random ones in turn, each text once."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from krasae.workspace import Workspace
from listener.model import Mention
from listener.query import BrandMatcher
from listener.stage import run_to_end
from listener.store import append
from nlp.enrich import Enricher
from nlp.stage import EnrichStage

NOON = 1_410_242_400_000
LONG = "the iphone update came on a tuesday and my neighbour has yet to say a thing about it"
TEXTS = [
    "I love love love this phone, the best ever, thank you",
    LONG,
    f"RT @somebody: {LONG} http://t.co/x",
    "iphone or not",
    "iphone or  NOT",
    "RT @me: iphone or not",
    "terrible, awful service, worst shop, never again",
    "это совсем другой язык",
    "แล้วแต่เลยนะ",
    "",
]


@pytest.fixture
def heard(workspace: Workspace) -> Workspace:
    mentions = [Mention("x", str(n), NOON + n, text) for n, text in enumerate(TEXTS)]
    append(workspace.db, mentions, source="test", key=workspace.key, now=NOON)
    matcher = BrandMatcher({brand.id: brand.query for brand in workspace.settings.brands})
    run_to_end(EnrichStage(Enricher(workspace.settings.nlp), matcher), workspace.db, now=NOON)
    return workspace


def asked(krasae: Callable[..., Any], heard: Workspace, *arguments: object) -> list[dict[str, Any]]:
    ran = krasae("label", "--next", "--json", *arguments, cwd=heard.folder)
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_the_least_sure_in_every_second_place_and_each_text_once(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    found = asked(krasae, heard)
    sure = [one["probability"] for one in found]
    assert sure[0] == min(sure)
    assert sure[::2] == sorted(sure[::2])
    assert asked(krasae, heard) == found
    assert {one["mention"] for one in found} <= {1, 2, 3, 4, 5, 6, 7, 9}
    assert len({one["mention"] for one in found} & {2, 3}) == 1
    assert len({one["mention"] for one in found} & {4, 5, 6}) == 1
    assert len(found) == 5
    assert len(asked(krasae, heard, "-n", 2)) == 2


def test_what_was_corrected_and_its_copies_go(heard: Workspace, krasae: Callable[..., Any]) -> None:
    for seq in (2, 4):
        assert krasae("label", seq, "--sentiment", "neutral", cwd=heard.folder).code == 0
    assert {one["mention"] for one in asked(krasae, heard)} == {1, 7, 9}


def test_only_of_a_brand(heard: Workspace, krasae: Callable[..., Any]) -> None:
    assert len(asked(krasae, heard, "--brand", "apple")) == 2
    ran = krasae("label", "--next", "--brand", "acme", cwd=heard.folder)
    assert (ran.code, "There is no brand 'acme'" in ran.err) == (7, True)


def test_the_list_names_the_command(heard: Workspace, krasae: Callable[..., Any]) -> None:
    ran = krasae("label", "--next", "-n", 1, cwd=heard.folder)
    (first,) = asked(krasae, heard, "-n", 1)
    heading, text, command = ran.out.rstrip().splitlines()
    assert heading.startswith(f"#{first['mention']}  x  {first['sentiment']}, ")
    assert first["text"].split()[0] in text
    assert first["command"] in command
    assert krasae(*first["command"].split()[1:], cwd=heard.folder).code == 0
    assert first["mention"] not in {one["mention"] for one in asked(krasae, heard)}


def test_nothing_to_correct(workspace: Workspace, krasae: Callable[..., Any]) -> None:
    ran = krasae("label", "--next", cwd=workspace.folder)
    assert (ran.code, ran.out) == (0, "")
    assert "nothing to correct" in ran.err


@pytest.mark.parametrize(("answers", "kept"), [("n\nwhat\nu\nq\n", 2), ("s\np\nq\n", 1)])
def test_it_asks_on_a_terminal(
    heard: Workspace,
    krasae: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    answers: str,
    kept: int,
) -> None:
    order = [one["mention"] for one in asked(krasae, heard)]
    keyboard, screen = os.openpty()
    with os.fdopen(screen, "r", encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("krasae.cli.label.on_terminal", lambda: True)
        os.write(keyboard, answers.encode())
        ran = krasae("label", "--next", cwd=heard.folder)
    os.close(keyboard)
    assert ran.code == 0, ran.err
    rows = heard.db.execute("SELECT mention_seq, sentiment FROM corrections ORDER BY at, 1")
    judged = dict(rows.fetchall())
    expected = {2: {order[0]: "negative", order[1]: "neutral"}, 1: {order[1]: "positive"}}[kept]
    assert judged == expected
    assert f"Judged so far: {kept} sentiments" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("label",), ("label", 1, "--next"), ("label", "--next", "--sentiment", "neutral")],
)
def test_wrong_uses(
    heard: Workspace, krasae: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    assert krasae(*arguments, cwd=heard.folder).code == 2
