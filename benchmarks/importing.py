"""How fast an import is, against a bare `executemany` of the same rows into the same tables.

    python benchmarks/importing.py --rows 1000000

The input is real posts (those of the demo, or --input and --profile) repeated under fresh
ids and authors until there are enough. Three processes one after the other, so that each
one's peak memory is its own: one writes the input, one imports it with `import_file`, one
inserts the ready-made rows. The bare one is timed in its calls of SQLite alone: reading,
parsing and converting cost it nothing. It inserts in transactions of as many rows as the
import does, and once more in a single transaction.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "krasae" / "demo_data" / "stocknet_2014.jsonl.gz"
KEY = "a key for benchmarks, and for nothing else"
BATCH = 1000
_INSERT = (
    "INSERT INTO mentions (seq, platform, native_id, source, author_id, followers, kind, "
    "published_at, collected_at, text, url, reply_to, language, likes, reposts, replies, views, "
    "labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_AUTHOR = (
    "INSERT OR IGNORE INTO authors (id, platform, name, first_seen_at) VALUES (?, ?, ?, ?)"
)


def write_input(args: argparse.Namespace) -> dict[str, float]:
    """Repeat the real rows under fresh ids and authors."""
    from listener.importers import load_profile
    from listener.importers.profile import FileRules
    from listener.importers.rows import Refusal
    from listener.importers.tables import open_table

    columns = load_profile(args.profile).columns
    fresh = [columns[field][0] for field in ("native_id", "author") if field in columns]
    with open_table(args.input, FileRules()) as table:
        rows = [taken[1] for taken in table.rows() if not isinstance(taken, Refusal)]
    with args.work.open("wb") as file:
        for number in range(args.rows):
            row = dict(rows[number % len(rows)])
            row[fresh[0]] = str(10**17 + number)
            for column in fresh[1:]:
                row[column] = f"{row.get(column)}-{number // len(rows)}"
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return {"bytes": args.work.stat().st_size}


def ours(args: argparse.Namespace) -> dict[str, float]:
    """Import the file as `krasae import` does."""
    from krasae.schema import ROOMS
    from listener.importers import import_file, load_profile
    from listener.store import AuthorKey, open_database

    db = open_database(args.database, ROOMS, create=True)
    profile, key = load_profile(args.profile), AuthorKey(KEY)
    start = time.perf_counter()
    report = import_file(db, args.work, profile, key=key, timezone="UTC", now=_now())
    seconds = time.perf_counter() - start
    if report.new != report.read or report.refused:
        raise SystemExit(f"expected only new rows: {report.as_json()}")
    return {"rows": report.new, "seconds": seconds}


def bare(args: argparse.Namespace) -> dict[str, float]:
    """Insert the same rows, made ready beforehand, by `executemany` and nothing else."""
    from krasae.schema import ROOMS
    from listener.store import open_database

    db = open_database(args.database, ROOMS, create=True)
    connection: sqlite3.Connection = db.conn
    count, seconds = 0, 0.0
    if args.single:
        connection.execute("BEGIN IMMEDIATE")
    for mentions, authors in _ready(args):
        start = time.perf_counter()
        if not args.single:
            connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT_AUTHOR, authors)
        connection.executemany(_INSERT, mentions)
        if not args.single:
            connection.execute("COMMIT")
        seconds += time.perf_counter() - start
        count += len(mentions)
    if args.single:
        start = time.perf_counter()
        connection.execute("COMMIT")
        seconds += time.perf_counter() - start
    return {"rows": count, "seconds": seconds}


def _ready(
    args: argparse.Namespace,
) -> Iterator[tuple[list[tuple[object, ...]], list[tuple[object, ...]]]]:
    """The rows as `import_file` stores them, in batches."""
    from listener.importers import load_profile, read_mentions
    from listener.model import Mention
    from listener.store import AuthorKey

    key, now = AuthorKey(KEY), _now()
    mentions = read_mentions(args.work, load_profile(args.profile), timezone="UTC", now=now)
    seq = 0
    while batch := list(islice(mentions, BATCH)):
        rows: list[tuple[object, ...]] = []
        authors: dict[int, tuple[object, ...]] = {}
        for mention in batch:
            if not isinstance(mention, Mention):
                raise SystemExit(f"refused: {mention}")
            seq += 1
            author_id = None
            if mention.author is not None:
                author_id = key.author_id(mention.platform, mention.author)
                authors[author_id] = (author_id, mention.platform, None, now)
            labels = json.dumps(sorted(mention.labels)) if mention.labels else None
            rows.append(
                (seq, mention.platform, mention.native_id, "import", author_id, mention.followers,
                 mention.kind.value, mention.published_at, now, mention.text, mention.url,
                 mention.reply_to, mention.language, mention.likes, mention.reposts,
                 mention.replies, mention.views, labels)
            )  # fmt: skip
        yield rows, list(authors.values())


def _now() -> int:
    return time.time_ns() // 1_000_000


STEPS = {"write": write_input, "ours": ours, "bare": bare}


def _child(step: str, args: argparse.Namespace, folder: Path, *more: str) -> dict[str, float]:
    """Run a step in a process of its own; what it measured, and its peak memory in MB."""
    command = [sys.executable, __file__, "--rows", str(args.rows), "--input", str(args.input)]
    command += ["--profile", args.profile, "--step", step, "--work", str(folder / "input.jsonl")]
    command += ["--database", str(folder / "bench.db"), *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    for left in folder.glob("bench.db*"):
        left.unlink()
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Run the steps and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--input", type=Path, default=DEMO, help="real posts to repeat")
    parser.add_argument("--profile", default="stocknet", help="how they are read")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--single", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step:
        result = STEPS[args.step](args)
        result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result))
        return
    with tempfile.TemporaryDirectory(prefix="krasae-bench-") as name:
        folder = Path(name)
        size = _child("write", args, folder)["bytes"]
        results = {
            "bare, one transaction": _child("bare", args, folder, "--single"),
            f"bare, {BATCH:,} a transaction": _child("bare", args, folder),
            "import_file": _child("ours", args, folder),
        }
    print(f"{args.rows:,} rows, {size / 1e6:,.0f} MB of JSON lines, profile {args.profile}")
    print(f"{'':32}{'seconds':>9}{'rows/s':>10}{'ours':>7}{'peak MB':>9}")
    mine = results["import_file"]["seconds"]
    for label, result in results.items():
        seconds = result["seconds"]
        print(
            f"{label:32}{seconds:9.1f}{result['rows'] / seconds:10,.0f}"
            f"{seconds / mine:7.0%}{result['peak']:9.0f}"
        )


if __name__ == "__main__":
    main()
