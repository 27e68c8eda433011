"""`krasae import`, `krasae profiles`: files of posts, and how they are read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from krasae.cli.options import CONFIG, Config, Json, now_ms

if TYPE_CHECKING:
    from krasae.workspace import Workspace
    from listener.importers import ImportReport, Profile
    from listener.importers.choose import Wishes

SOME_REFUSED = 12


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(name="import")(import_)
    app.command()(profiles)


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="CSV, TSV, JSONL, JSON, XLSX or Parquet, gzipped or not."
    ),
]
ProfileName = Annotated[
    str | None,
    typer.Option("--profile", "-p", help="How to read the file; see `krasae profiles`."),
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        "-m",
        metavar="FIELD=COLUMN",
        help="Which column is what, such as text=message. Twice for one field joins the "
        "columns; FIELD= leaves the field out.",
    ),
]
SaveAs = Annotated[
    str | None, typer.Option(metavar="NAME", help="Keep this way of reading as a profile.")
]
Platform = Annotated[
    str | None, typer.Option(help="The platform of rows that do not name one, such as x.")
]
DayFirst = Annotated[
    bool | None,
    typer.Option(
        "--day-first/--month-first", help="Whether 5/6/2014 is 5 June; else the file decides."
    ),
]
Encoding = Annotated[
    str | None, typer.Option(help="The text encoding, such as cp874; else found out.")
]
Sheet = Annotated[
    str | None, typer.Option(help="The sheet of a workbook; else the first visible one.")
]
SourceName = Annotated[str, typer.Option(help="What to call where the rows came from.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask about a guess.")]


def import_(
    files: Files,
    profile: ProfileName = None,
    maps: Maps = None,
    save_profile: SaveAs = None,
    platform: Platform = None,
    day_first: DayFirst = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    source: SourceName = "import",
    dry_run: DryRun = False,
    yes: Yes = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Import files of posts. Importing the same file twice adds nothing.

    Refused rows go to FILE.refused.jsonl with the reason; the exit code is then 12. Put
    them right there and import that file to add them.
    """
    from krasae.workspace import open_workspace
    from listener.importers.choose import Wishes

    wishes = Wishes(
        profile=profile,
        maps=tuple(maps or ()),
        platform=platform,
        day_first=day_first,
        encoding=encoding,
        sheet=sheet,
    )
    ask = not yes and not as_json and sys.stdin.isatty() and sys.stderr.isatty()
    with open_workspace(config, read_only=dry_run) as workspace:
        session = _Session(workspace, wishes, source=source, dry_run=dry_run, ask=ask)
        session.save_as = save_profile
        codes = [session.one(path, as_json) for path in files]
        _warn_of_retention(workspace)
    raise typer.Exit(max(codes, key=lambda code: (code not in (0, SOME_REFUSED), code)))


def _warn_of_retention(workspace: "Workspace") -> None:
    """Who imports a history does not expect to lose it in the next night."""
    from krasae.cli.output import talk
    from krasae.erase import expiring

    if not expiring(workspace, now=now_ms()):
        return
    talk().print(
        f"Some mentions are older than [retention] allows ({workspace.settings.retention.days} "
        "days, unless their platform has its own number): `krasae run` and `krasae expire` erase "
        "them. Raise it in config.toml to keep them.",
        style="yellow",
    )


class _Session:
    """The files of one command: each is read, reported, and may fail by itself."""

    def __init__(
        self, workspace: "Workspace", wishes: "Wishes", *, source: str, dry_run: bool, ask: bool
    ) -> None:
        self._workspace = workspace
        self._wishes = wishes
        self._source = source
        self._dry_run = dry_run
        self._ask = ask
        self.save_as: str | None = None

    def one(self, path: Path, as_json: bool) -> int:
        """Import one file; its exit code."""
        from krasae.cli.import_view import print_error, print_report
        from krasae.cli.output import print_json
        from listener.errors import InputError
        from listener.importers import ImportStoppedError

        try:
            report = self._import(path)
        except ImportStoppedError as error:
            print_report(error.report, as_json, error=error)
            return error.exit_code
        except InputError as error:
            if as_json:
                print_json({"file": str(path), "error": error.message, "remedy": error.remedy})
            print_error(error)
            return error.exit_code
        print_report(report, as_json)
        return SOME_REFUSED if report.refused else 0

    def _import(self, path: Path) -> "ImportReport":
        from krasae.cli.import_view import Bar
        from listener.importers import import_file

        workspace, now = self._workspace, now_ms()
        profile = self._profile(path, now)
        with Bar(path) as bar:
            return import_file(
                workspace.db,
                path,
                profile,
                key=workspace.key,
                source=self._source,
                timezone=workspace.settings.workspace.timezone,
                now=now,
                on_progress=bar.update,
                dry_run=self._dry_run,
            )

    def _profile(self, path: Path, now: int) -> "Profile":
        from krasae.cli.import_view import show_choice
        from krasae.cli.output import talk
        from listener.importers import save_profile
        from listener.importers.choose import choose

        folder = self._workspace.folder / "profiles"
        zone = self._workspace.settings.workspace.timezone
        choice = choose(path, self._wishes, folder=folder, timezone=zone, now=now)
        if choice.sample is not None:
            show_choice(choice, choice.sample, zone)
            if self._ask:
                typer.confirm("Read it so?", default=True, abort=True, err=True)
        if self.save_as is not None and not self._dry_run:
            written = save_profile(choice.profile, folder, name=self.save_as)
            talk().print(f"Saved as {written}; use it with --profile {self.save_as}.")
            self.save_as = None
        return choice.profile


def profiles(config: Config = CONFIG, as_json: Json = False) -> None:
    """List the import profiles: Krasae's, and yours in profiles/."""
    from krasae.cli.import_view import print_profiles

    print_profiles(config.absolute().parent / "profiles", as_json)
