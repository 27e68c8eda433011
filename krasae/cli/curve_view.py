"""How `krasae backtest --curve` looks: a row for each budget, and a picture."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from krasae.curve import Point

_HEADS = ("budget", "alerts/week", "useful found", "delay", "noise raised")
_WIDTHS = (8, 12, 16, 9, 14)


def show_curve(
    points: "Iterable[Point]", *, configured: float, as_json: bool, picture: Path | None
) -> None:
    """Print each point as it is found; then draw the picture, when one is wanted."""
    from krasae.cli.output import data, print_json, talk
    from krasae.curve import drawn

    if picture:
        _write(picture, "")  # a name that cannot be written is told before the minutes of replay
    if not as_json:
        data().print(_row(_HEADS))
    seen: list[Point] = []
    for point in points:
        seen.append(point)
        if as_json:
            print_json(point.as_json())
        else:
            mark = "  <- configured" if point.budget == configured else ""
            data().print(_row(_cells(point)) + mark, soft_wrap=True)
    if not (seen[0].useful or seen[0].noise):
        talk().print(
            "No alert is labelled, so only the rates are known. Label some with "
            "`krasae alerts label ID useful|noise`."
        )
    if picture:
        _write(picture, drawn(seen, configured))
        talk().print(f"The picture is {picture}.")


def _cells(point: "Point") -> tuple[str, ...]:
    delay = "" if point.delay_hours is None else f"{point.delay_hours:.1f} h"
    return (
        f"{point.budget:g}",
        f"{point.rate:.2f}",
        f"{point.found} of {point.useful}" if point.useful else "",
        delay,
        f"{point.noisy} of {point.noise}" if point.noise else "",
    )


def _row(cells: Iterable[str]) -> str:
    return "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))


def _write(path: Path, picture: str) -> None:
    from listener.errors import InputError

    try:
        path.write_text(picture, "utf-8")
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name another file with --picture.",
        ) from error
