"""`krasae process`, `krasae stages`: run what is pending, and show what waits."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from krasae.workspace import Workspace
    from listener.stage import Stage, Step


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(process)
    app.command()(stages)


def process(
    config: Config = CONFIG,
    flush: Annotated[
        bool,
        typer.Option(
            "--flush",
            help="Close the last time bucket too: nothing more will come for it. "
            "Without it, the newest posts wait for their bucket to be complete.",
        ),
    ] = False,
    batch: Annotated[
        int, typer.Option(min=1, help="Rows per transaction; results do not depend on it.")
    ] = 1000,
    as_json: Json = False,
) -> None:
    """Run every stage that has something to do, once, to its end."""
    from krasae import pipeline
    from krasae.cli.output import print_json, talk
    from krasae.workspace import open_workspace

    with open_workspace(config) as workspace:
        done = run_with_progress(workspace, pipeline.build(workspace, flush=flush), batch=batch)
    if as_json:
        print_json(
            {name: {"read": step.read, "written": step.written} for name, step in done.items()}
        )
    else:
        busy = [f"{name} {step.read:,}" for name, step in done.items() if step.read]
        talk().print(f"Done: {', '.join(busy)}." if busy else "Nothing was pending.")


def run_with_progress(
    workspace: "Workspace", stages: "Sequence[Stage]", *, batch: int = 1000
) -> "dict[str, Step]":
    """Run the stages with one progress bar for each that has something to do."""
    from krasae.cli.output import progress
    from krasae.engine import local

    with progress() as bars:
        tasks: dict[str, Any] = {}

        def on_step(stage: "Stage", step: "Step") -> None:
            if stage.name not in tasks:
                total = step.read + stage.backlog(workspace.db)
                tasks[stage.name] = bars.add_task(stage.name, total=total)
            bars.advance(tasks[stage.name], step.read)

        return local.run(stages, workspace.db, now=now_ms(), limit=batch, on_step=on_step)


def stages(config: Config = CONFIG, as_json: Json = False) -> None:
    """Show the stages in their order, and what waits before each."""
    from rich.table import Table

    from krasae import pipeline
    from krasae.cli.output import data, print_json
    from krasae.workspace import open_workspace

    with open_workspace(config) as workspace:
        rows = [
            (stage.name, stage.needs, stage.backlog(workspace.db))
            for stage in pipeline.build(workspace)
        ]
    if as_json:
        print_json([dict(zip(("stage", "needs", "waiting"), row, strict=True)) for row in rows])
        return
    table = Table("stage", "reads the results of", box=None, pad_edge=False, header_style="bold")
    table.add_column("waiting", justify="right")
    for name, needs, waiting in rows:
        table.add_row(name, ", ".join(needs) or "-", f"{waiting:,}")
    data().print(table)
