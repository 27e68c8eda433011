"""`krasae models`: which models are installed, and how good they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Json

if TYPE_CHECKING:
    from krasae.models import InstalledModel

_SHOWN = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "macro_recall": "macro-recall",
    "calibration_error": "calibration error",
}


def register(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(models)


def models(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="KRASAE_CONFIG",
            help="A workspace whose larger models are listed too; else that of this folder.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the installed models: size, origin, scores and cards."""
    from rich.table import Table

    from krasae.cli.output import data, print_json
    from krasae.models import installed_models
    from krasae.settings import load_settings

    path = config or (CONFIG if CONFIG.is_file() else None)
    found = installed_models(load_settings(path).nlp if path else None)
    if as_json:
        print_json([model.as_json() for model in found])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Model", "For", "Language", "Size", "From"):
        table.add_column(heading, justify="right" if heading == "Size" else "left")
    for model in found:
        table.add_row(model.name, model.task, model.language, _size(model.bytes), model.source)
    data().print(table)
    data().print()
    for model in found:
        data().print(f"{model.name}: {model.card}", soft_wrap=True)
        if model.scores:
            data().print(f"  {_in_words(model)}", soft_wrap=True)


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number else "-"


def _in_words(model: "InstalledModel") -> str:
    scores = model.scores or {}
    words = ", ".join(f"{text} {scores[key]:.3f}" for key, text in _SHOWN.items() if key in scores)
    return f"on {model.measured_on}: {words}"
