"""`krasae demo`: the main job on real posts, from the import to the digest."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from krasae.cli.options import now_ms

if TYPE_CHECKING:
    from krasae.workspace import Workspace

_DIGEST_DAY = "2014-09-10"
_WEEK_MS = 7 * 86_400_000


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where to make the demo's workspace.")] = Path(
        "demo"
    ),
) -> None:
    """Replay a year of real posts about twelve companies."""
    from krasae import pipeline
    from krasae.cli.output import talk
    from krasae.cli.process import run_with_progress
    from krasae.demo import make_workspace
    from krasae.workspace import open_workspace

    talk().print("Krasae's demo: 51,142 rows of real tweets of 2014 about listed companies.")
    config = make_workspace(folder)
    with open_workspace(config) as workspace:
        _import(workspace)
        run_with_progress(workspace, pipeline.build(workspace, flush=True))
        _show(workspace)
    _next_steps(folder)


def _import(workspace: "Workspace") -> None:
    from krasae.cli.import_view import Bar
    from krasae.cli.output import talk
    from krasae.demo import PROFILE, posts
    from listener.importers import import_file, load_profile

    with Bar(posts()) as bar:
        report = import_file(
            workspace.db,
            posts(),
            load_profile(PROFILE),
            key=workspace.key,
            source="stocknet",
            timezone=workspace.settings.workspace.timezone,
            now=now_ms(),
            on_progress=bar.update,
        )
    talk().print(f"Imported {report.new:,} posts ({report.read:,} rows; a post may have several).")


def _show(workspace: "Workspace") -> None:
    from alerts import queue, records
    from alerts.issue import OPEN
    from krasae.cli import alert_view, issue_view
    from krasae.cli.alerts import edition_of
    from krasae.cli.output import data

    console, edition = data(), edition_of(workspace)
    every = records.Filter(open_only=False)
    raised = records.listed(workspace.db, every, limit=-1)
    severe = sorted(raised, key=lambda alert: (-alert.peak_severity, alert.detected_at))[:20]
    console.print()
    console.print("The twenty most severe alerts of the year", style="bold")
    alert_view.print_list(console, severe, edition)
    _print_rate(workspace, [alert.detected_at for alert in raised], console)
    if severe and severe[0].id is not None:
        console.print("The first of them in full", style="bold")
        alert_view.print_full(console, alert_view.load(workspace.db, severe[0].id), edition)
    wanted = queue.Filter(OPEN, None, None)
    console.print("The head of the queue", style="bold")
    issue_view.print_list(
        console,
        [
            (issue, issue_view.headline(workspace.db, issue, edition))
            for issue in queue.listed(workspace.db, wanted, limit=8)
        ],
        edition,
    )
    console.print(f"{queue.count(workspace.db, wanted):,} issues wait in all.")
    console.print()


def _print_rate(workspace: "Workspace", detected: list[int], console: Any) -> None:
    first, last = workspace.db.execute(
        "SELECT min(published_at), max(published_at) FROM mentions"
    ).fetchone()
    weeks = (last - first) / _WEEK_MS
    budget = workspace.settings.trends.alarms_per_week
    console.print(
        f"{len(detected)} alerts in {weeks:.1f} weeks: {len(detected) / weeks:.1f} a week, "
        f"for a budget of {budget:g}."
    )
    console.print()


def _next_steps(folder: Path) -> None:
    from krasae.cli.digest import digest
    from krasae.cli.output import data

    config = folder / "config.toml"
    console = data()
    # As it was called: after `make demo` it is not on the PATH.
    krasae = sys.argv[0] if "/" in sys.argv[0] else "krasae"
    console.print(f"The digest of the morning of {_DIGEST_DAY}:", style="bold")
    digest(on=_DIGEST_DAY, out=folder / "digests", config=config)
    console.print()
    console.print("Look further:", style="bold")
    for line in (
        f"{krasae} alerts --state all --config {config}",
        f"{krasae} alerts show ID --config {config}",
        f'{krasae} search "iphone" --config {config}',
        f"{krasae} issues --config {config}",
    ):
        console.print(f"  {line}", soft_wrap=True)
    console.print("Your own brand:", style="bold")
    for line in (
        f'{krasae} init --folder mine --brand "My brand=my brand OR #mybrand" --sources all',
        f"{krasae} listen --for 5m --config mine/config.toml",
        f"{krasae} import posts.csv --config mine/config.toml",
        f"{krasae} run --config mine/config.toml",
    ):
        console.print(f"  {line}", soft_wrap=True)
