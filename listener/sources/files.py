"""Exports of other tools, dropped into a folder: read as `krasae import` reads them."""

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field

from listener.errors import InputError
from listener.model import Mention
from listener.settings import Slug
from listener.source import Batch, Context, Source, SourceOptions, Spec

if TYPE_CHECKING:
    from listener.importers.rows import Refusal

_VERSION = 1
_ROWS = 500  # a batch
_OURS = (".refused.jsonl", ".part", ".tmp", ".crdownload")  # not exports, or not yet


class FilesOptions(SourceOptions):
    """Options of a `files` source."""

    paths: tuple[str, ...] = Field(
        min_length=1,
        description='files to watch, such as "drop/*.csv" or "drop/**/*.xlsx", seen from '
        "config.toml's folder",
    )
    profile: str | None = Field(
        default=None, description="the import profile to read them with; else it is guessed"
    )
    platform: Slug | None = Field(
        default=None, description="the platform of files that do not name one"
    )
    settle_seconds: float = Field(
        default=5.0, ge=0, le=3600, description="how long a file must lie untouched"
    )


SPEC = Spec(
    name="files",
    title="Exports in a watched folder",
    options=FilesOptions,
    capabilities=frozenset({"poll", "backfill"}),
    interval_seconds=60.0,
)


def connect(options: FilesOptions, context: Context) -> Source:
    """Reads what is new or changed since the last time."""
    return Files(options, context)


@dataclass(frozen=True, slots=True)
class _Found:
    """A file as it lies there now. `key` names it in the cursor."""

    path: Path
    key: str
    size: int
    changed: int  # ns

    @property
    def mark(self) -> list[int]:
        return [self.size, self.changed]


@dataclass(frozen=True, slots=True)
class _State:
    """Files that are read, as they were then; and how many rows of the one being read."""

    files: Mapping[str, list[int]] = field(default_factory=dict)
    reading: str = ""
    mark: list[int] = field(default_factory=list)
    rows: int = 0

    def cursor(self) -> str:
        return orjson.dumps({"version": _VERSION, **asdict(self)}).decode()


class Files:
    """Watches files. Oldest first, so that an edited export comes after the one it corrects."""

    def __init__(self, options: FilesOptions, context: Context) -> None:
        self._options = options
        self._context = context

    def batches(self, cursor: str | None) -> Iterator[Batch]:
        """Batches of rows of each new or changed file.

        A file that cannot be read is told, and left until it changes.
        """
        state = _recalled(cursor)
        found = self._found()
        present = {file.key for file in found}
        done = {key: mark for key, mark in state.files.items() if key in present}
        problems = list(self._missing())
        for file in found:
            if done.get(file.key) == file.mark:
                continue
            if not os.access(file.path, os.R_OK):
                problems.append(f"{file.path} may not be read by this user.")
                continue
            resumed = state.reading == file.key and state.mark == file.mark
            try:
                yield from self._read(file, done, state.rows if resumed else 0)
            except InputError as error:
                problems.append(error.message)
            done[file.key] = file.mark
            yield Batch(_State(done).cursor())
        problem = f"{problems[0]} ({len(problems)} in all)" if problems[1:] else "".join(problems)
        yield Batch(_State(done).cursor(), problem=problem or None)

    def close(self) -> None:
        """Nothing is held open."""

    def _missing(self) -> Iterator[str]:
        """A folder that is watched, and is not there, is a mistake; an empty one is none."""
        for pattern in self._options.paths:
            named = takewhile(lambda part: not set(part) & set("*?["), Path(pattern).parts[:-1])
            folder = self._context.folder.joinpath(*named)
            if not folder.is_dir():
                yield f"There is no folder {folder}; files for {pattern} are looked for in it."

    def _found(self) -> list[_Found]:
        now = self._context.now()
        found: dict[str, _Found] = {}
        for pattern in self._options.paths:
            for name in glob.iglob(pattern, root_dir=self._context.folder, recursive=True):  # noqa: PTH207
                path = self._context.folder / name
                try:
                    status = path.stat()
                except OSError:
                    continue  # it went away while we looked
                age = now - status.st_mtime_ns // 1_000_000
                unsettled = 0 <= age < self._options.settle_seconds * 1000
                if path.is_file() and not unsettled and not name.casefold().endswith(_OURS):
                    key = name.encode("utf-8", "backslashreplace").decode()
                    found[key] = _Found(path, key, status.st_size, status.st_mtime_ns)
        return sorted(found.values(), key=lambda file: (file.changed, file.key))

    def _read(self, file: _Found, done: Mapping[str, list[int]], skip: int) -> Iterator[Batch]:
        from listener.importers.choose import Wishes, choose
        from listener.importers.reading import read_mentions

        context = self._context
        choice = choose(
            file.path,
            Wishes(profile=self._options.profile, platform=self._options.platform),
            folder=context.folder / "profiles",
            timezone=context.timezone,
            now=context.now(),
        )
        rows = read_mentions(
            file.path,
            choice.profile,
            timezone=context.timezone,
            now=context.now(),
            key=context.key,
        )
        for count, group in _grouped(islice(rows, skip, None), skip):
            mentions = tuple(row for row in group if isinstance(row, Mention))
            state = _State(done, file.key, file.mark, count)
            yield Batch(state.cursor(), mentions, refused=len(group) - len(mentions))


def _grouped(
    rows: Iterator["Mention | Refusal"], count: int
) -> Iterator[tuple[int, list["Mention | Refusal"]]]:
    """Rows in groups, each with the count at its end; what comes before an error comes too."""
    group: list[Mention | Refusal] = []
    failure: InputError | None = None
    try:
        for row in rows:
            group.append(row)
            count += 1
            if len(group) == _ROWS:
                yield count, group
                group = []
    except InputError as error:
        failure = error
    if group:
        yield count, group
    if failure:
        raise failure


def _recalled(cursor: str | None) -> _State:
    try:
        stored: Any = orjson.loads(cursor or "null")
        if stored.pop("version") != _VERSION:
            return _State()
        return _State(**stored)
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        return _State()
