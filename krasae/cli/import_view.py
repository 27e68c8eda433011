"""How an import looks: the guess, the bar, the report, the list of profiles."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from krasae.cli.output import data, print_json, print_json_lines, progress, talk

if TYPE_CHECKING:
    from listener.errors import InputError
    from listener.importers import ImportReport, Profile, Progress
    from listener.importers.choose import Choice
    from listener.importers.guess import Sample

_WIDTH = 60


class Bar:
    """A progress bar over one file's rows; their number is estimated from the bytes read."""

    def __init__(self, path: Path) -> None:
        from listener.printable import printable

        self._progress = progress()
        self._task = self._progress.add_task(printable(path.name, width=40), total=None)

    def update(self, step: "Progress") -> None:
        """Show how far it has come."""
        total = round(step.rows * step.total / step.done) if step.done else None
        self._progress.update(
            self._task, completed=step.rows, total=max(total, step.rows) if total else None
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()


def show_choice(choice: "Choice", sample: "Sample", timezone: str) -> None:
    """Say how a file will be read, with a value of each column, before it is read."""
    from rich.table import Table

    from listener.printable import printable

    profile = choice.profile
    encoding = f", {sample.encoding.upper()}" if sample.encoding else ""
    name = printable(sample.path.name)
    talk().print(f"{name} is {sample.format.upper()}{encoding}. This is how it will be read:")
    table = Table(box=None, pad_edge=True, show_header=False)
    for field, columns in profile.columns.items():
        values = [str(next(iter(sample.values(column)), "")) for column in columns]
        shown = printable(" ".join(values), width=_WIDTH)
        table.add_row(field, printable(" + ".join(columns)), shown)
    if "platform" not in profile.columns:
        hint = "" if profile.platform else "no column tells; --platform NAME does"
        table.add_row("platform", f"= {profile.platform or 'import'}", hint)
    talk().print(table)
    used = {column for columns in profile.columns.values() for column in columns}
    unused = [printable(column) for column in sample.columns if column not in used]
    if unused:
        talk().print(f"Not used: {', '.join(unused)}", soft_wrap=True)
    if choice.first:
        when = f"{_local(choice.first.published_at, timezone)} in {timezone}"
        talk().print(f"The first time comes out as {when}.")
    for note in choice.notes:
        talk().print(f"Note: {printable(note)}.", soft_wrap=True)
    for name in choice.alike:
        talk().print(f"It looks like {name}; --profile {name} reads it so.")


def _local(moment: int, timezone: str) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return f"{datetime.fromtimestamp(moment / 1000, ZoneInfo(timezone)):%Y-%m-%d %H:%M:%S}"


def print_report(
    report: "ImportReport", as_json: bool, *, error: "InputError | None" = None
) -> None:
    """The numbers to stdout; why rows were refused, and what to do, to stderr."""
    from listener.printable import printable

    if as_json:
        broken = {"error": error.message, "remedy": error.remedy} if error else {}
        print_json({**report.as_json(), **broken})
    else:
        dry = " (dry run, nothing written)" if report.dry_run else ""
        data().print(
            f"{printable(report.path.name)}{dry}: {report.read:,} rows read: {report.new:,} new, "
            f"{report.known:,} already known, {report.updated:,} updated, "
            f"{report.refused:,} refused",
            soft_wrap=True,
        )
    if report.read == 0 and error is None:
        talk().print("  It has a header, but no rows.")
    if not as_json:
        for note, count in report.notes.items():
            times = f" ({count:,})" if count > 1 else ""
            talk().print(f"  Note: {printable(note)}{times}", soft_wrap=True)
        for refusal in report.examples:
            talk().print(f"  Row {refusal.row:,}: {printable(refusal.reason)}.", soft_wrap=True)
        if report.refused > len(report.examples):
            rest = ", ".join(f"{count:,} {code}" for code, count in report.reasons.most_common())
            talk().print(f"  In all: {rest}.")
    if report.refused_file:
        talk().print(f"  Refused rows, with what to do: {report.refused_file}", soft_wrap=True)
    if report.hint:
        talk().print(f"  No row fits. {report.hint}", soft_wrap=True)
    if error:
        print_error(error)


def print_error(error: "InputError") -> None:
    """An error about one file, to stderr; the command goes on with the next."""
    from listener.printable import printable

    lines = [printable(line) for line in str(error).split("\n")]
    talk().print("\n".join(["krasae: " + lines[0], *lines[1:]]), soft_wrap=True)


def print_profiles(folder: Path, as_json: bool) -> None:
    """All profiles with their maps."""
    from rich.table import Table

    from listener.importers import load_profile, profile_names

    names = profile_names(folder)
    found = {name: load_profile(name, folder) for name in names}
    if as_json:
        print_json_lines(
            {"name": name, "path": str(names[name]) if names[name] else None, **_dump(profile)}
            for name, profile in found.items()
        )
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("Profile")
    table.add_column("From")
    table.add_column("Reads")
    for name, profile in found.items():
        place = str(names[name]) if names[name] else "Krasae"
        table.add_row(name, place, _in_words(profile))
    data().print(table)


def _dump(profile: "Profile") -> Mapping[str, Any]:
    return profile.model_dump(mode="json", exclude_defaults=True, exclude={"name"})


def _in_words(profile: "Profile") -> str:
    from listener.printable import printable

    maps = ", ".join(f"{field}={'+'.join(names)}" for field, names in profile.columns.items())
    head = f"{profile.description}\n" if profile.description else ""
    return head + printable(maps)
