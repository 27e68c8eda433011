"""`krasae label`: say what a mention means; `--next` shows those where that teaches most."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.workspace import Workspace
    from nlp.doubts import Doubt
    from nlp.model import SentimentLabel

_KEYS: "dict[str, SentimentLabel]" = {"n": "negative", "u": "neutral", "p": "positive"}
_ASKED = "n negative, u neutral, p positive, s skip, q quit"
_WIDTH = 400


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(label)


def label(
    mention: Annotated[
        int | None,
        typer.Argument(metavar="MENTION", help="Its number, as `krasae search` shows it."),
    ] = None,
    sentiment: Annotated[
        str | None, typer.Option(help="negative, neutral or positive, toward the brand.")
    ] = None,
    intent: Annotated[
        str | None,
        typer.Option(help="question, purchase, complaint, praise, promotion or other."),
    ] = None,
    following: Annotated[
        bool,
        typer.Option("--next", help="Show the mentions to correct next."),
    ] = False,
    brand: Annotated[
        str | None, typer.Option(help="With --next: only mentions of this brand; its id.")
    ] = None,
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, help="With --next: at most so many.")
    ] = 10,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Correct what was understood of a mention, or confirm it.

    It counts for this mention from the next `krasae process` on; `krasae learn` learns from all.
    With --next: the mentions that the model is least sure of and random ones in turn, each text
    once; on a terminal it asks about each.
    """
    from krasae.cli.output import print_json_lines
    from krasae.workspace import open_workspace

    if following == (mention is not None):
        raise typer.BadParameter("Give either a MENTION or --next.")
    if following and (sentiment or intent):
        raise typer.BadParameter("--next shows mentions; --sentiment and --intent correct one.")
    asks = following and not as_json and on_terminal()
    with open_workspace(config, read_only=following and not asks) as workspace:
        if mention is not None:
            _correct(workspace, mention, sentiment, intent)
            return
        found = _doubts(workspace, brand, count)
        suffix = "" if config == CONFIG else f" --config {config}"
        if as_json:
            print_json_lines(_values(doubt, suffix) for doubt in found)
        elif asks:
            _ask(workspace, found)
        else:
            _show(found, suffix)


def on_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _correct(
    workspace: "Workspace", mention: int, sentiment: str | None, intent: str | None
) -> None:
    from nlp.lessons import Correction, correct
    from nlp.model import Intent, SentimentLabel

    if sentiment is None and intent is None:
        raise typer.BadParameter("Give --sentiment, --intent, or both.")
    correction = Correction(
        _one_of("--sentiment", sentiment, get_args(SentimentLabel)),
        _one_of("--intent", intent, get_args(Intent)),
    )
    correct(workspace.db, mention, correction, now=now_ms())
    _noted(workspace)


def _noted(workspace: "Workspace") -> None:
    from krasae.cli.output import talk
    from nlp.lessons import corrected_intents, corrected_texts

    sentiments, intents = corrected_texts(workspace.db), corrected_intents(workspace.db)
    talk().print(
        f"Noted. Judged so far: {len(sentiments):,} sentiments, {len(intents):,} intents; "
        "`krasae learn` learns from them.",
        soft_wrap=True,
    )


def _one_of(option: str, given: str | None, known: tuple[str, ...]) -> Any:
    if given is None or given in known:
        return given
    raise typer.BadParameter(f"{option} is one of {', '.join(known)}, not {given!r}.")


def _doubts(workspace: "Workspace", brand: str | None, count: int) -> "list[Doubt]":
    from listener.errors import NotFoundError
    from nlp.doubts import doubts

    brands = [known.id for known in workspace.settings.brands]
    if brand is not None and brand not in brands:
        raise NotFoundError(
            f"There is no brand {brand!r} in the configuration.",
            remedy=f"There are: {', '.join(brands) or 'none'}.",
        )
    return doubts(workspace.db, brand=brand, count=count)


def _show(found: "Sequence[Doubt]", suffix: str) -> None:
    from krasae.cli.output import data, talk

    for doubt in found:
        others = ", ".join(one for one in _KEYS.values() if one != doubt.sentiment)
        data().print(_heading(doubt), soft_wrap=True)
        data().print(_text(doubt), soft_wrap=True)
        data().print(f"  {_command(doubt, suffix)}   (or {others})\n", soft_wrap=True)
    if not found:
        talk().print("There is nothing to correct: every mention is corrected, or none is here.")


def _ask(workspace: "Workspace", found: "Sequence[Doubt]") -> None:
    """Ask about each; an answer is kept at once."""
    from krasae.cli.output import talk
    from nlp.lessons import Correction, correct

    judged = 0
    for doubt in found:
        talk().print(_heading(doubt), soft_wrap=True)
        talk().print(_text(doubt), soft_wrap=True)
        answer = _answer()
        if answer == "q":
            break
        if answer in _KEYS:
            correct(workspace.db, doubt.seq, Correction(_KEYS[answer]), now=now_ms())
            judged += 1
    if judged:
        _noted(workspace)
    elif not found:
        talk().print("There is nothing to correct: every mention is corrected, or none is here.")


def _answer() -> str:
    while True:
        given = str(typer.prompt(f"  {_ASKED}", err=True)).strip().casefold()
        if given in (*_KEYS, "s", "q"):
            return given


def _heading(doubt: "Doubt") -> str:
    from listener.printable import printable

    return (
        f"#{doubt.seq}  {printable(doubt.platform)}  {doubt.sentiment}, "
        f"{doubt.probability:.0%} sure; {doubt.intent}"
    )


def _text(doubt: "Doubt") -> str:
    from listener.printable import printable

    return f"  {printable(doubt.text, width=_WIDTH)}"


def _command(doubt: "Doubt", suffix: str) -> str:
    return f"krasae label {doubt.seq} --sentiment {doubt.sentiment}{suffix}"


def _values(doubt: "Doubt", suffix: str) -> dict[str, Any]:
    return {
        "mention": doubt.seq,
        "platform": doubt.platform,
        "text": doubt.text,
        "language": doubt.language,
        "sentiment": doubt.sentiment,
        "probability": doubt.probability,
        "intent": doubt.intent,
        "command": _command(doubt, suffix),
    }
