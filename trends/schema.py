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
            fresh INTEGER NOT NULL,          -- by authors and in words not seen lately
            copies INTEGER NOT NULL,         -- mentions that repeat a near-copy seen lately
            negatives INTEGER NOT NULL,      -- of all mentions, as the next two
            positives INTEGER NOT NULL,
            questions INTEGER NOT NULL,
            reach INTEGER NOT NULL,          -- sum of the distinct authors' followers
            fresh_negatives INTEGER NOT NULL DEFAULT 0,  -- of the fresh
            low_followers INTEGER NOT NULL DEFAULT 0,    -- distinct authors, nearly empty accounts
            risks TEXT NOT NULL DEFAULT '{}',            -- JSON: fresh mentions per category
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
            history TEXT NOT NULL            -- JSON array: its counts per bucket up to this one
        ) STRICT;
        CREATE INDEX signals_event ON signals (event, id);
        """
    )


@migrations()
def m002_state(db: Database) -> None:
    # The state of the two stages, in rows of what a step may touch. No text, and no term
    # but as a hash; the names of raised events are in `signals`.
    db.executescript(
        """
        CREATE TABLE counted (                -- how each mention was counted
            bucket INTEGER NOT NULL,
            brand TEXT NOT NULL,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            standing TEXT NOT NULL,           -- 'fresh', 'repeat' or 'copy'
            PRIMARY KEY (bucket, brand, mention_seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX counted_mention ON counted (mention_seq);

        CREATE TABLE seen_authors (           -- of the last 24 hours
            brand TEXT NOT NULL,
            author_id INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
            at INTEGER NOT NULL,
            PRIMARY KEY (brand, author_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX seen_authors_author ON seen_authors (author_id);
        CREATE INDEX seen_authors_at ON seen_authors (at);

        CREATE TABLE seen_copies (            -- near-copy keys of the last seven days
            brand TEXT NOT NULL,
            duplicate_key INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (brand, duplicate_key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX seen_copies_at ON seen_copies (at);

        CREATE TABLE term_levels (            -- what is usual for a term
            term INTEGER PRIMARY KEY,         -- hash of brand and term
            level REAL NOT NULL,
            bucket INTEGER NOT NULL           -- number of the bucket at which it stood so
        ) STRICT;

        CREATE TABLE detection (              -- what else the detection knows
            part TEXT PRIMARY KEY,            -- 'shared', 'brand/ID' or 'event/NUMBER'
            state TEXT NOT NULL               -- JSON
        ) STRICT, WITHOUT ROWID;
        """
    )


@migrations()
def m003_outages(db: Database) -> None:
    # One row per outage of a source: what its alert shows, and where the coverage stage
    # stands with it. `event` is that of its signals.
    db.executescript(
        """
        CREATE TABLE outages (
            event INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            cause TEXT NOT NULL,             -- 'failing', 'overdue' or 'silent', the latest
            since INTEGER NOT NULL,          -- when it was heard last, UTC ms
            until INTEGER,                   -- when it was heard again, or removed; NULL: not yet
            raised_at INTEGER NOT NULL,
            told_at INTEGER NOT NULL,        -- of its latest signal
            severity INTEGER NOT NULL,
            heard_at INTEGER,                -- last success and last mention, as of `told_at`
            item_at INTEGER,
            error TEXT,
            usual REAL,                      -- mentions a day; NULL: its history is too short
            share REAL NOT NULL,             -- of all sources' usual mentions
            missing REAL NOT NULL,           -- mentions to be expected that did not come
            spread REAL NOT NULL,            -- the variance of their number
            up TEXT NOT NULL,                -- JSON arrays: the other sources, heard or not
            down TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX outages_open ON outages (source) WHERE until IS NULL;
        """
    )
