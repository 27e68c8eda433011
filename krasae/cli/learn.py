"""`krasae learn`: let the models learn from corrections, and show what that brought."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krasae.workspace import Workspace
    from nlp.learning import Lesson
    from nlp.lessons import Learnt, Subject

_NOTHING = "There are no corrections yet: `krasae label` makes them, `krasae label --next` asks."
_NAMES = {"th": "Thai", "en": "English"}


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(learn)


def learn(
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was learnt last.")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Learn from your corrections of sentiment and intent.

    Each correction is judged by what was learnt without it. What was learnt is kept only if more
    of them are right, and not by chance. What was understood before stays as it is; new mentions
    are read with what was learnt.
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
            results = [*_sentiments(workspace), *_intents(workspace)]
            lines = [_values(*one) for one in results]
            found = [_in_words(*one) for one in results] or [_NOTHING]
            found += _not_taught(workspace)
    if as_json:
        print_json(lines)
    else:
        for line in found:
            talk().print(line, soft_wrap=True)


def _sentiments(workspace: "Workspace") -> "Iterator[tuple[Subject, int, Lesson | None]]":
    """Per language: how many corrections there are, and what came of them."""
    from nlp import learning
    from nlp.enrich import Enricher
    from nlp.lessons import Subject, corrected_texts
    from nlp.sentiment import LinearModel
    from nlp.settings import SHIPPED

    corrected = corrected_texts(workspace.db)[-learning.MOST :]
    # A larger model is not asked for anything here, so it is not loaded either.
    settings = workspace.settings.nlp.model_copy(update={"sentiment": SHIPPED})
    groups = learning.by_model(corrected, Enricher(settings))
    named = workspace.settings.nlp.sentiment_models()
    for language, (found, labels) in sorted(groups.items()):
        subject, lesson = Subject("sentiment", language), None
        if named[language] != SHIPPED:
            continue
        if len(labels) >= learning.FEWEST:
            lesson = learning.learn(LinearModel.shipped(language), found, labels)
            _keep(workspace, subject, lesson)
        yield subject, len(labels), lesson


def _intents(workspace: "Workspace") -> "Iterator[tuple[Subject, int, Lesson | None]]":
    """The same for intents, which are judged with the sentiment as it is read now."""
    from nlp import learning
    from nlp.brands import known_brands
    from nlp.enrich import Enricher
    from nlp.lessons import INTENT, corrected_intents, taught
    from nlp.taught import Taught

    corrected = corrected_intents(workspace.db)[-learning.MOST :]
    if not corrected:
        return
    lesson = None
    if len(corrected) >= learning.FEWEST:
        now = Taught(taught(workspace.db).sentiment)
        brands = known_brands(workspace.settings.brands)
        read = Enricher(workspace.settings.nlp, now, brands).intent_material(
            [text for text, _ in corrected]
        )
        lesson = learning.learn_intents(*read, [intent for _, intent in corrected])
        _keep(workspace, INTENT, lesson)
    yield INTENT, len(corrected), lesson


def _not_taught(workspace: "Workspace") -> list[str]:
    """Of which languages the sentiment is read by a model that corrections do not reach."""
    from nlp.settings import SHIPPED

    return [
        f'{_NAMES[language]} sentiment is read by "{name}" ([nlp] sentiment), which corrections '
        "do not teach: they hold for their own mentions."
        for language, name in workspace.settings.nlp.sentiment_models().items()
        if name != SHIPPED
    ]


def _keep(workspace: "Workspace", subject: "Subject", lesson: "Lesson") -> None:
    from nlp.lessons import keep

    if lesson.helps:
        keep(workspace.db, subject, lesson, now=now_ms())


def _in_words(subject: "Subject", count: int, lesson: "Lesson | None") -> str:
    from nlp.learning import FEWEST

    name = _name(subject)
    if lesson is None:
        return f"{name}: {count} of the {FEWEST} corrections that it takes to learn from them."
    low, high = lesson.interval()
    words = (
        f"{name}: {lesson.right_before:,} of {count:,} corrections were right before, "
        f"{lesson.right_after:,} after, each judged by what was learnt without it "
        f"({lesson.won:,} won, {lesson.lost:,} lost; {_points(lesson.after - lesson.before)}, "
        f"95 % between {_points(low)} and {_points(high)})."
    )
    if lesson.helps:
        return f"{words} Kept; `krasae learn --undo` takes it back."
    why = (
        "That is not better"
        if lesson.right_after <= lesson.right_before
        else f"That can be chance (p = {lesson.chance:.2f})"
    )
    return f"{words} {why}: nothing was changed."


def _name(subject: "Subject") -> str:
    return "Intents" if subject.teaches == "intent" else f"{_NAMES[subject.language]} sentiment"


def _points(change: float) -> str:
    return f"{100 * change:+.1f}"


def _values(subject: "Subject", count: int, lesson: "Lesson | None") -> dict[str, Any]:
    return {
        "teaches": subject.teaches,
        "language": subject.language,
        "corrections": count,
        "before": lesson.before if lesson else None,
        "after": lesson.after if lesson else None,
        "change_low": lesson.interval()[0] if lesson else None,
        "change_high": lesson.interval()[1] if lesson else None,
        "chance": lesson.chance if lesson else None,
        "kept": bool(lesson and lesson.helps),
    }


def _taken_back(gone: "Learnt") -> str:
    return (
        f"{_name(gone.subject)}: what was learnt from {gone.corrections:,} corrections is taken "
        "back. New mentions are read as before it."
    )


def _learnt_values(gone: "Learnt") -> dict[str, Any]:
    return {
        "teaches": gone.subject.teaches,
        "language": gone.subject.language,
        "corrections": gone.corrections,
        "undone": True,
    }
