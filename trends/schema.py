"""The trends room's tables: counts per series and bucket, detection state, signals."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("trends")


@migrations()
def m001_counts_and_signals(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE brand_counts (
            brand TEXT NOT NULL,             -- '' for the whole stream when there are no brands
            bucket INTEGER NOT NULL,         -- its start, UTC ms
            mentions INTEGER NOT NULL,
            authors INTEGER NOT NULL,        -- distinct in this bucket
            fresh INTEGER NOT NULL,          -- authors not seen lately, with no near-copy seen lately
            copies INTEGER NOT NULL,         -- mentions that repeat a near-copy seen lately
            negatives INTEGER NOT NULL,
            positives INTEGER NOT NULL,
            questions INTEGER NOT NULL,
            reach INTEGER NOT NULL,          -- sum of the distinct authors' followers
            late INTEGER NOT NULL DEFAULT 0, -- came after the bucket was closed; not in the others
            PRIMARY KEY (brand, bucket)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE signals (
            id INTEGER PRIMARY KEY,
            event INTEGER NOT NULL,
            kind TEXT NOT NULL,
            brand TEXT NOT NULL,
            series TEXT NOT NULL,
            state TEXT NOT NULL,
            bucket INTEGER NOT NULL,
            detected_at INTEGER NOT NULL,
            window_start INTEGER NOT NULL,
            window_end INTEGER NOT NULL,
            observed REAL NOT NULL,
            expected REAL NOT NULL,
            lower REAL NOT NULL,
            upper REAL NOT NULL,
            score REAL NOT NULL,
            severity INTEGER NOT NULL,
            mentions INTEGER NOT NULL,
            unique_authors INTEGER NOT NULL,
            duplicate_share REAL NOT NULL,
            negative_share REAL NOT NULL,
            reach INTEGER NOT NULL,
            terms TEXT NOT NULL,             -- JSON array
            mention_seqs TEXT NOT NULL,      -- JSON array, those to read first first
            history TEXT NOT NULL            -- JSON array: the counted series up to the window's end
        ) STRICT;
        CREATE INDEX signals_event ON signals (event, id);
        """
    )
