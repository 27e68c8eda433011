"""Erasure leaves no byte: not in the database file, its index, messages or written digests."""

from datetime import date
from pathlib import Path

import pytest

from krasae.cli import build
from krasae.erase import erase
from listener.model import Mention
from listener.store.erase import seqs_of_author
from tests.laws.corpus import NOW, corpus
from tests.laws.workspaces import ENVIRONMENT, hear, run_all, workspace_in

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


def bytes_in(folder: Path) -> bytes:
    """Everything under the workspace's folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


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
