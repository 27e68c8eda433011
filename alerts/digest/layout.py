"""Plain text in columns: widths are what a terminal shows, not code points (Thai, emoji)."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

LINE = 78


def columns(rows: Sequence[Sequence[str]], *, align: str) -> str:
    """Rows with aligned columns; `align` has "<" for each left one and ">" for each right one."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for side, cell, width in zip(align, row, widths, strict=True):
            room = " " * (width - cell_len(cell))
            cells.append(cell + room if side == "<" else room + cell)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def wrapped(text: str, *, indent: str = "", first: str | None = None) -> str:
    """Text broken at spaces so that it fits a line; a word longer than a line stays whole."""
    lines = [indent if first is None else first]
    empty = True
    for word in text.split(" "):
        if not empty and cell_len(lines[-1]) + 1 + cell_len(word) > LINE:
            lines.append(indent)
            empty = True
        lines[-1] += word if empty else f" {word}"
        empty = False
    return "\n".join(lines)


def underlined(title: str) -> Iterator[str]:
    """The head of a section: an empty line, the title, a rule of its width."""
    yield ""
    yield title
    yield "─" * cell_len(title)
