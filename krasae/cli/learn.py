"""`krasae label`, `krasae learn`: say what a mention means, and let the models learn from it."""

from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.workspace import Workspace
    from nlp.learning import Lesson
    from nlp.lessons import Learnt

_NOTHING = "There are no corrections yet: `krasae label` makes them."
_NAMES = {"th": "Thai", "en": "English"}


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(label)
    app.command()(learn)


def label(
    mention: Annotated[
        int, typer.Argument(metavar="MENTION", help="Its number, as `krasae search` shows it.")
    ],
    sentiment: Annotated[
        str | None, typer.Option(help="negative, neutral or positive, toward the brand.")
    ] = None,
    intent: Annotated[
        str | None,
        typer.Option(help="question, purchase, complaint, praise, promotion or other."),
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Correct what was understood of a mention, or confirm it.

    It counts for this mention from the next `krasae process` on; `krasae learn` learns from all.
    """
    from krasae.cli.output import talk
    from krasae.workspace import open_workspace
    from nlp.lessons import Correction, correct, corrected_texts
    from nlp.model import Intent, SentimentLabel

    if sentiment is None and intent is None:
        raise typer.BadParameter("Give --sentiment, --intent, or both.")
    correction = Correction(
        _one_of("--sentiment", sentiment, get_args(SentimentLabel)),
        _one_of("--intent", intent, get_args(Intent)),
    )
    with open_workspace(config) as workspace:
        correct(workspace.db, mention, correction, now=now_ms())
        count = len(corrected_texts(workspace.db))
    talk().print(
        f"Noted. Sentiments that you judged so far: {count:,}; `krasae learn` learns from them."
    )


def _one_of(option: str, given: str | None, known: tuple[str, ...]) -> Any:
    if given is None or given in known:
        return given
    raise typer.BadParameter(f"{option} is one of {', '.join(known)}, not {given!r}.")


def learn(
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was learnt last.")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Learn from your corrections of sentiment.

    What was learnt is kept only if it is right more often; each correction is judged by what
    was learnt without it. What was understood before stays as it is; new mentions are read
    with what was learnt.
    """
    from krasae.cli.output import print_json, talk
    from krasae.workspace import open_workspace
    from nlp.lessons import undo as take_back

    with open_workspace(config) as workspace:
        if undo:
            gone = take_back(workspace.db)
            lines = [] if gone is None else [_learnt_values(gone)]
            words = "There was nothing to take back." if gone is None else _taken_back(gone)
            found = [words]
        else:
            results = _learn(workspace)
            lines = [_values(*one) for one in results]
            found = [_in_words(*one) for one in results] or [_NOTHING]
    if as_json:
        print_json(lines)
    else:
        for line in found:
            talk().print(line)


def _learn(workspace: "Workspace") -> "list[tuple[str, int, Lesson | None]]":
    """Per language: how many corrections there are, and what came of them."""
    from nlp import learning
    from nlp.lessons import corrected_texts, keep
    from nlp.sentiment import LinearModel
    from nlp.tokens import Tokenizer

    corrected = corrected_texts(workspace.db)
    groups = learning.by_model(corrected, Tokenizer(workspace.settings.nlp.words))
    results: list[tuple[str, int, Lesson | None]] = []
    for language, (found, labels) in sorted(groups.items()):
        if len(labels) < learning.FEWEST:
            results.append((language, len(labels), None))
            continue
        model = LinearModel.shipped(language)
        lesson = learning.learn(model, found, labels)
        if lesson.helps:
            keep(workspace.db, language, model, lesson, now=now_ms())
        results.append((language, len(labels), lesson))
    return results


def _in_words(language: str, count: int, lesson: "Lesson | None") -> str:
    from nlp.learning import FEWEST

    name = _NAMES[language]
    if lesson is None:
        return f"{name}: {count} of the {FEWEST} corrections that it takes to learn from them."
    shares = f"right in {lesson.before:.0%} of {count:,} before, in {lesson.after:.0%} after"
    if not lesson.helps:
        return f"{name}: {shares}. That is not better: nothing was changed."
    return f"{name}: {shares}. Kept; `krasae learn --undo` takes it back."


def _values(language: str, count: int, lesson: "Lesson | None") -> dict[str, Any]:
    return {
        "language": language,
        "corrections": count,
        "before": lesson.before if lesson else None,
        "after": lesson.after if lesson else None,
        "kept": bool(lesson and lesson.helps),
    }


def _taken_back(gone: "Learnt") -> str:
    return (
        f"{_NAMES[gone.language]}: what was learnt from {gone.corrections:,} corrections is taken "
        "back. New mentions are read as before it."
    )


def _learnt_values(gone: "Learnt") -> dict[str, Any]:
    return {"language": gone.language, "corrections": gone.corrections, "undone": True}
