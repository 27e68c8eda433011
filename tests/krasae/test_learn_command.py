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


def hear(workspace: Workspace, text: str) -> None:
    new = Mention("x", text, NOON, text)
    append(workspace.db, [new], source="t", key=workspace.key, now=NOON)
    enrich(workspace)


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
    assert (ran.code, "so far: 1 sentiments" in ran.err) == (0, True)
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
    hear(heard, "a glimmery blend")
    assert meaning(heard, 41)[0] == "positive"
    assert "taken back" in krasae("learn", "--undo", cwd=heard.folder).err
    assert taught(heard.db).sentiment == {}
    assert "nothing to take back" in krasae("learn", "--undo", cwd=heard.folder).err


def test_what_does_not_help_is_not_kept(heard: Workspace, krasae: Callable[..., Any]) -> None:
    judge_all(heard, lambda seq: meaning(heard, seq)[0])
    ran = krasae("learn", cwd=heard.folder)
    assert "nothing was changed" in " ".join(ran.err.split())
    assert taught(heard.db).sentiment == {}


def test_what_may_be_chance_is_not_kept(heard: Workspace, krasae: Callable[..., Any]) -> None:
    def once_wrong(seq: int) -> SentimentLabel:
        labels: dict[str, SentimentLabel] = {"neutral": "positive"}
        read = meaning(heard, seq)[0]
        return labels.get(read, "neutral") if seq == 7 else read

    judge_all(heard, once_wrong)
    ran = krasae("learn", "--json", cwd=heard.folder)
    (lesson,) = json.loads(ran.out)
    assert not lesson["kept"]
    assert lesson["chance"] > 0.05 or lesson["after"] <= lesson["before"]
    assert (
        lesson["change_low"] <= lesson["after"] - lesson["before"] <= lesson["change_high"] + 0.05
    )


def test_before_and_after_are_told(heard: Workspace, krasae: Callable[..., Any]) -> None:
    judge_all(heard, rightly)
    told = " ".join(krasae("learn", cwd=heard.folder).err.split())
    assert "of 40 corrections were right before" in told
    assert "95 % between +" in told
    assert "Kept; `krasae learn --undo` takes it back." in told


def test_intents_are_learnt_too(heard: Workspace, krasae: Callable[..., Any]) -> None:
    for seq in range(1, 41):
        correct(heard.db, seq, Correction(intent="complaint" if seq % 2 else "other"), now=NOON)
    ran = krasae("learn", "--json", cwd=heard.folder)
    (lesson,) = json.loads(ran.out)
    assert (lesson["teaches"], lesson["language"], lesson["kept"]) == ("intent", "all", True)
    hear(heard, "the batch came out sploofed again")
    assert meaning(heard, 41)[2] == "complaint"
    assert "Intents: what was learnt" in krasae("learn", "--undo", cwd=heard.folder).err
    hear(heard, "one more batch came out sploofed")
    assert meaning(heard, 42)[2] == "other"


def test_an_intent_layer_over_other_models_is_left_out(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    for seq in range(1, 41):
        correct(heard.db, seq, Correction(intent="complaint" if seq % 2 else "other"), now=NOON)
    krasae("learn", cwd=heard.folder)
    assert taught(heard.db).intents is not None
    heard.db.execute("UPDATE layers SET model = 'of an older release'")
    assert taught(heard.db).intents is None


def test_a_layer_over_another_model_is_left_out(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    judge_all(heard, rightly)
    krasae("learn", cwd=heard.folder)
    assert isinstance(taught(heard.db).sentiment["en"], LinearModel)
    heard.db.execute("UPDATE layers SET model = 'of an older release'")
    assert taught(heard.db).sentiment == {}


def test_nothing_is_learnt_over_a_larger_model(
    heard: Workspace, krasae: Callable[..., Any]
) -> None:
    judge_all(heard, rightly)
    config = heard.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + '[nlp]\nsentiment = { en = "mine" }\n', "utf-8")
    assert 'is read by "mine"' in krasae("learn", cwd=heard.folder).err
    assert taught(heard.db).sentiment == {}


def test_too_few_say_so(heard: Workspace, krasae: Callable[..., Any]) -> None:
    assert "no corrections yet" in krasae("learn", cwd=heard.folder).err
    krasae("label", 1, "--sentiment", "neutral", cwd=heard.folder)
    told = krasae("learn", cwd=heard.folder).err
    assert "English sentiment: 1 of the 20 corrections that it takes" in told


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
