"""What a topic says of itself is what two authors say, and no longer than they do."""

from dataclasses import replace

import orjson
import pytest

from krasae.erase import erase, expire
from krasae.workspace import Workspace
from listener.model import Folding, FoldingKind
from listener.stage import run_to_end
from listener.store import fold
from listener.store.erase import seqs_of_author
from nlp.topic_stage import TopicStage
from nlp.topic_stage.fits import keep
from nlp.topics.model import Churn
from tests.nlp.topic_stage.making import NOW, enrich, found_for, hear, keep_fit, posts

SECRET = "my iphone battery says zylophant"


def said(workspace: Workspace) -> dict[int, tuple[str, list[str]]]:
    rows = workspace.db.execute("SELECT id, label, terms FROM topics ORDER BY id")
    return {number: (label, orjson.loads(terms)) for number, label, terms in rows}


def keep_secret(workspace: Workspace) -> None:
    """A fit whose first topic and group are named by the word."""
    found = found_for(workspace, "apple")
    first, *others = found.fit.model.topics
    named = replace(first, label="zylophant, battery", terms=("zylophant", "battery"))
    groups = (replace(found.fit.model.groups[0], label="zylophant, iphone"),)
    model = replace(found.fit.model, topics=(named, *others), groups=groups)
    keep(workspace.db, replace(found, fit=replace(found.fit, model=model)), now=NOW)


@pytest.mark.parametrize(("authors", "kept"), [(1, False), (2, True)])
def test_a_word_of_one_author_is_never_kept(workspace: Workspace, authors: int, kept: bool) -> None:
    secret = [
        post
        for number in range(4)
        for post in posts(SECRET, first=40 + number, author=f"secret {number % authors}")
    ]
    hear(workspace, [*posts(*["battery", "price"] * 20), *secret])
    keep_secret(workspace)
    label, terms = said(workspace)[1]
    assert (label, terms) == (
        ("zylophant, battery", ["zylophant", "battery"]) if kept else ("battery", ["battery"])
    )
    [(group,)] = workspace.db.execute("SELECT label FROM topic_groups").fetchall()
    assert group == ("zylophant, iphone" if kept else "iphone")


@pytest.fixture
def secretive(workspace: Workspace) -> Workspace:
    """Two authors say the word."""
    secret = [*posts(SECRET, first=40, author="one"), *posts(SECRET, first=41, author="two")]
    hear(workspace, [*posts(*["battery", "price"] * 20), *secret])
    keep_secret(workspace)
    return workspace


def test_erasing_one_of_two_takes_the_word_back(secretive: Workspace) -> None:
    author = secretive.key.author_id("x", "one")
    erase(secretive, seqs_of_author(secretive.db, author), authors=[author], now=NOW)
    assert said(secretive)[1] == ("battery", ["battery"])
    assert secretive.db.execute("SELECT label FROM topic_groups").fetchall() == [("iphone",)]
    assert b"zylophant, battery" not in (secretive.folder / "krasae.db").read_bytes()


@pytest.mark.parametrize("kind", [FoldingKind.DELETE, FoldingKind.EDIT])
def test_a_deletion_or_an_edit_on_the_platform_does(
    secretive: Workspace, kind: FoldingKind
) -> None:
    text = "my iphone battery is fine" if kind is FoldingKind.EDIT else None
    fold(secretive.db, [Folding(kind, "x", NOW, native_id="40", text=text)], key=secretive.key)
    enrich(secretive)
    run_to_end(TopicStage("shipped"), secretive.db, now=NOW)
    assert said(secretive)[1] == ("battery", ["battery"])


def test_a_topic_goes_with_its_last_author_but_one(fitted: Workspace) -> None:
    prices = [seq for seq in range(1, 41) if seq % 2 == 0]
    erase(fitted, prices[:-2], now=NOW)
    assert list(said(fitted)) == [1, 2]
    erase(fitted, prices[-2:-1], now=NOW)
    assert list(said(fitted)) == [1]
    left = fitted.db.execute("SELECT count(*) FROM mention_topics WHERE topic = 2").fetchone()
    assert left == (0,)
    run_to_end(TopicStage("shipped"), fitted.db, now=NOW)


def test_a_topic_of_one_author_is_none(workspace: Workspace) -> None:
    """Nine hundred copies by one account are not what people talk about."""
    hear(workspace, [*posts(*["battery"] * 20), *posts(*["price"] * 20, first=20, author="bot")])
    fit = keep_fit(workspace)
    assert [label for label, _ in said(workspace).values()] == ["battery, iphone"]
    assert fit.churn is None


def test_authors_that_are_not_known_count_one_by_one(workspace: Workspace) -> None:
    nameless = [replace(post, author=None) for post in posts(*["battery"] * 40)]
    hear(workspace, nameless)
    keep_fit(workspace)
    assert len(said(workspace)) == 1


def test_a_topic_that_is_erased_while_it_is_fitted_is_gone(fitted: Workspace) -> None:
    found = found_for(fitted, "apple")
    erase(fitted, [seq for seq in range(1, 41) if seq % 2 == 0], now=NOW)
    fit = keep(fitted.db, found, now=NOW)
    assert list(said(fitted)) == [1]
    assert fit.churn == Churn(kept=(1,), gone=(2,))


def test_retention_takes_words_back(fitted: Workspace) -> None:
    assert said(fitted)
    expire(fitted, now=NOW + 5000 * 86_400_000)
    assert said(fitted) == {}
    assert fitted.db.execute("SELECT count(*) FROM topic_groups").fetchone() == (0,)
