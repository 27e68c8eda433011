"""`krasae label` and `krasae learn`: corrections hold at once, and teach when they help."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from krasae.workspace import Workspace
from listener.model import Mention
from listener.query import BrandMatcher
from listener.stage import run_to_end
from listener.store import append
from nlp.enrich import Enricher
from nlp.lessons import Correction, correct, corrected_texts, taught
from nlp.model import SentimentLabel
from nlp.sentiment import LinearModel
from nlp.stage import EnrichStage

NOON = 1_410_242_400_000
GOOD, BAD = "the blend is glimmery number {}", "the batch came out sploofed number {}"


@pytest.fixture
def heard(workspace: Workspace) -> Workspace:
    """Forty enriched mentions in words that the shipped model does not know."""
    texts = [(GOOD if number % 2 else BAD).format(number) for number in range(40)]
    mentions = [Mention("x", str(n), NOON + n, text) for n, text in enumerate(texts)]
    append(workspace.db, mentions, source="test", key=workspace.key, now=NOON)
    enrich(workspace)
    return workspace


def enrich(workspace: Workspace) -> None:
    enricher = Enricher(workspace.settings.nlp, taught(workspace.db))
    run_to_end(EnrichStage(enricher, BrandMatcher({})), workspace.db, now=NOON)


def meaning(workspace: Workspace, seq: int) -> tuple[Any, ...]:
    row = workspace.db.execute(
        "SELECT sentiment, sentiment_probability, intent FROM enrichments WHERE mention_seq = ?",
        [seq],
    ).fetchone()
    return tuple(row)


def judge_all(workspace: Workspace, sentiments: Callable[[int], SentimentLabel]) -> None:
    for seq in range(1, 41):
        correct(workspace.db, seq, Correction(sentiments(seq)), now=NOON)


def rightly(seq: int) -> SentimentLabel:
    return "negative" if seq % 2 else "positive"


def test_a_correction_holds_for_its_mention(heard: Workspace, krasae: Callable[..., Any]) -> None:
    ran = krasae("label", 3, "--sentiment", "negative", cwd=heard.folder)
    assert (ran.code, "so far: 1" in ran.err) == (0, True)
    assert krasae("label", 3, "--intent", "complaint", cwd=heard.folder).code == 0
    enrich(heard)
    assert meaning(heard, 3) == ("negative", 1.0, "complaint")
    heard.db.execute("UPDATE mentions SET text = 'lovely, lovely' WHERE seq = 3")
    enrich(heard)
    assert meaning(heard, 3) == ("negative", 1.0, "complaint")


def test_corrections_teach_and_can_be_unlearnt(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    judge_all(heard, rightly)
    ran = krasae("learn", "--json", cwd=heard.folder)
    (lesson,) = json.loads(ran.out)
    assert lesson["language"] == "en"
    assert lesson["corrections"] == 40
    assert lesson["kept"]
    assert lesson["after"] > lesson["before"]
    append(
        heard.db,
        [Mention("x", "new", NOON, "a glimmery blend")],
        source="t",
        key=heard.key,
        now=NOON,
    )
    enrich(heard)
    assert meaning(heard, 41)[0] == "positive"
    assert "taken back" in krasae("learn", "--undo", cwd=heard.folder).err
    assert taught(heard.db) == {}
    assert "nothing to take back" in krasae("learn", "--undo", cwd=heard.folder).err


def test_what_does_not_help_is_not_kept(heard: Workspace, krasae: Callable[..., Any]) -> None:
    judge_all(heard, lambda seq: meaning(heard, seq)[0])
    ran = krasae("learn", cwd=heard.folder)
    assert "nothing was changed" in " ".join(ran.err.split())
    assert taught(heard.db) == {}


def test_a_layer_over_another_model_is_left_out(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    judge_all(heard, rightly)
    krasae("learn", cwd=heard.folder)
    assert isinstance(taught(heard.db)["en"], LinearModel)
    heard.db.execute("UPDATE layers SET model = 'of an older release'")
    assert taught(heard.db) == {}


def test_too_few_say_so(heard: Workspace, krasae: Callable[..., Any]) -> None:
    assert "no corrections yet" in krasae("learn", cwd=heard.folder).err
    krasae("label", 1, "--sentiment", "neutral", cwd=heard.folder)
    assert "English: 1 of the 20 corrections that it takes" in krasae("learn", cwd=heard.folder).err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("label", 1), 2, "Give --sentiment"),
        (("label", 1, "--sentiment", "sad"), 2, "negative, neutral, positive"),
        (("label", 1, "--intent", "sad"), 2, "question, purchase"),
        (("label", 999, "--sentiment", "neutral"), 7, "There is no mention 999"),
    ],
)
def test_errors(
    heard: Workspace, krasae: Callable[..., Any], arguments: tuple[Any, ...], code: int, words: str
) -> None:
    ran = krasae(*arguments, cwd=heard.folder)
    assert (ran.code, words in " ".join(ran.err.split())) == (code, True)
    assert corrected_texts(heard.db) == []


def test_erasing_a_mention_erases_its_correction(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    krasae("label", 1, "--sentiment", "neutral", cwd=heard.folder)
    heard.db.execute("DELETE FROM mentions WHERE seq = 1")
    assert corrected_texts(heard.db) == []
    assert heard.db.execute("SELECT count(*) FROM corrections").fetchone() == (0,)
