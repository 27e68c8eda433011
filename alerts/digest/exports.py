"""The register of written files that quote mentions, so that an erasure reaches them too."""

from collections.abc import Collection
from pathlib import Path

import orjson
from sqlite_utils import Database

from listener.errors import InputError
from listener.store import transaction


def write(
    db: Database, path: Path, content: bytes, *, kind: str, quoted: Collection[int], now: int
) -> Path:
    """Write a file whole or not at all, registered with the mentions (seq) that it quotes.

    The register comes first: a kill in between leaves a row without a file, never a file
    that no erasure would find.
    """
    path = path.absolute()
    seqs = orjson.dumps(sorted(quoted)).decode()
    register(db, path, kind=kind, quoted=quoted, now=now)
    _replace(path, content)
    with transaction(db) as connection:  # what only the file before this one quoted
        connection.execute(
            "DELETE FROM export_mentions "
            "WHERE export_id = (SELECT id FROM exports WHERE path = ?) "
            "AND mention_seq NOT IN (SELECT value FROM json_each(?))",
            [str(path), seqs],
        )
    return path


def register(db: Database, path: Path, *, kind: str, quoted: Collection[int], now: int) -> None:
    """Note that a file will quote these mentions, beside those that it may quote already."""
    path = path.absolute()
    with transaction(db) as connection:
        connection.execute(
            "INSERT INTO exports (path, kind, made_at) VALUES (?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, made_at = excluded.made_at",
            [str(path), kind, now],
        )
        connection.execute(
            "INSERT OR IGNORE INTO export_mentions (export_id, mention_seq) "
            "SELECT exports.id, json_each.value FROM exports, json_each(?) WHERE exports.path = ?",
            [orjson.dumps(sorted(quoted)).decode(), str(path)],
        )


def _replace(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _part(path).write_bytes(content)
        _part(path).replace(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name another folder with --out, or free some space.",
        ) from error


def forget(db: Database, mention_seqs: Collection[int]) -> list[Path]:
    """Delete the written files that quote any of these mentions; the paths that were deleted.

    A file that is no longer where it was written is only struck from the register. To be
    called before the mentions are erased; called again, it finds nothing more to do.
    """
    rows = db.execute(
        "SELECT DISTINCT exports.id, path FROM exports "
        "JOIN export_mentions ON export_id = exports.id "
        "WHERE mention_seq IN (SELECT value FROM json_each(?)) ORDER BY path",
        [orjson.dumps(sorted(mention_seqs)).decode()],
    ).fetchall()
    deleted: list[Path] = []
    for _, name in rows:
        path = Path(name)
        try:
            _part(path).unlink(missing_ok=True)
            path.unlink()
            deleted.append(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise InputError(
                f"{path} quotes what is to be erased and cannot be deleted: {error.strerror}.",
                remedy="Allow this user to delete it, then erase again: nothing was erased yet.",
            ) from error
    if rows:
        with transaction(db) as connection:
            connection.executemany("DELETE FROM exports WHERE id = ?", [(row[0],) for row in rows])
    return deleted


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
