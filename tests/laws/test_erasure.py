"""Erasure leaves no byte: not in the database file, its index, messages or written digests."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from krasae.cli import build
from krasae.erase import erase
from krasae.workspace import Workspace
from listener.model import Mention
from listener.store.erase import seqs_of_author
from nlp.topic_stage.fits import keep
from tests.laws.corpus import NOW, corpus
from tests.laws.workspaces import ENVIRONMENT, hear, run_all, workspace_in
from tests.nlp.topic_stage.making import found_for

SECRET_WORDS = "zylophant quibberish"
AUTHOR = "very-private-author-77"


def planted() -> list[Mention]:
    """The corpus' most widely read burst, with one author's posts planted into it."""
    last = corpus()[-1]
    return [
        Mention(
            platform="x",
            native_id=f"planted-{number}",
            published_at=last.published_at - number * 60_000,
            text=f"$BABA is the worst fraud, what a scam {SECRET_WORDS} number {number}",
            author=AUTHOR,
            followers=5_000_000,
        )
        for number in range(3)
    ]


def keep_topic(workspace: Workspace) -> None:
    """A fit whose first topic and group are called by the secret words."""
    found = found_for(workspace, "alibaba")
    first, *others = found.fit.model.topics
    named = replace(first, label=SECRET_WORDS, terms=(SECRET_WORDS, "ipo"))
    groups = tuple(replace(group, label=SECRET_WORDS) for group in found.fit.model.groups)
    model = replace(found.fit.model, topics=(named, *others), groups=groups)
    topics = found.fit.topics.copy()
    seqs = [row[0] for row in workspace.db.execute(_SECRET, [f"%{SECRET_WORDS}%"])]
    topics[[found.fitted.index(seq) for seq in seqs]] = first.id
    keep(workspace.db, replace(found, fit=replace(found.fit, model=model, topics=topics)), now=NOW)


_SECRET = "SELECT seq FROM mentions WHERE text LIKE ?"


def bytes_in(folder: Path) -> bytes:
    """Everything under the workspace's folder, or the file."""
    files = [folder] if folder.is_file() else folder.rglob("*")
    return b"".join(path.read_bytes() for path in files if path.is_file())


def test_no_byte_of_an_erased_author_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace_in(tmp_path) as workspace:
        hear(workspace, [*corpus(), *planted()])
        run_all(workspace)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    config = str(tmp_path / "config.toml")
    command = ["digest", "--date", str(date(2014, 9, 20)), "--config", config]
    build()(command, standalone_mode=False)
    words = SECRET_WORDS.encode()
    assert words in bytes_in(tmp_path), "nothing was planted: the test would prove nothing"
    digests = b"".join(path.read_bytes() for path in (tmp_path / "digests").iterdir())
    assert words in digests, "the digest must have quoted it"
    with workspace_in(tmp_path) as workspace:
        author = workspace.key.author_id("x", AUTHOR)
        seqs = seqs_of_author(workspace.db, author)
        assert len(seqs) == 3
        erased = erase(workspace, seqs, authors=[author], now=NOW)
        assert erased.mentions == 3
        assert erased.files
        for table in workspace.db.table_names():
            for row in workspace.db.execute(f"SELECT * FROM [{table}]"):
                assert author not in row, f"{table} still holds the author's key"
    left = bytes_in(tmp_path)
    for word in (*words.split(), AUTHOR.encode(), b"planted-1"):
        assert word not in left


def test_no_byte_stays_in_the_topics(tmp_path: Path) -> None:
    """Two authors speak of it, so that a topic is called by it; then both are erased."""
    with workspace_in(tmp_path) as workspace:
        other = replace(planted()[0], native_id="planted-other", author="another-author-78")
        hear(workspace, [*corpus(), *planted(), other])
        run_all(workspace)
        keep_topic(workspace)
        [(label,)] = workspace.db.execute("SELECT label FROM topics WHERE id = 1").fetchall()
        assert label == SECRET_WORDS, "nothing was planted: the test would prove nothing"
        for name in (AUTHOR, "another-author-78"):
            author = workspace.key.author_id("x", name)
            seqs = seqs_of_author(workspace.db, author)
            erase(workspace, seqs, authors=[author], now=NOW)
            left = bytes_in(tmp_path / "krasae.db")
            assert (SECRET_WORDS.encode() in left) == (name == AUTHOR)  # in the other's post
            said = workspace.db.execute("SELECT label, terms FROM topics").fetchall()
            said += workspace.db.execute("SELECT label FROM topic_groups").fetchall()
            assert "zylophant" not in repr(said)
