"""The alerts room's tables: alerts with their mentions, the issue queue, the outbox."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("alerts")


@migrations()
def m001_alerts(db: Database) -> None:
    # An alert is the fold of its event's signals (alerts/alert.py): what it said at any
    # earlier time is the same fold over the signals up to then, so only today's is stored.
    db.executescript(
        """
        CREATE TABLE alerts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of detection
            event INTEGER NOT NULL UNIQUE,         -- signals.event
            kind TEXT NOT NULL,
            brand TEXT NOT NULL,
            series TEXT NOT NULL,
            state TEXT NOT NULL,                   -- open, growing, peaking, fading, closed
            severity INTEGER NOT NULL,             -- now
            peak_severity INTEGER NOT NULL,
            detected_at INTEGER NOT NULL,          -- when it was raised, event time
            updated_at INTEGER NOT NULL,           -- detected_at of its latest signal
            started_at INTEGER NOT NULL,           -- start of its first window
            window_start INTEGER NOT NULL,         -- from here to `mention_seqs`: at its height
            window_end INTEGER NOT NULL,
            observed REAL NOT NULL,
            expected REAL NOT NULL,
            lower REAL NOT NULL,
            upper REAL NOT NULL,
            score REAL NOT NULL,
            mentions INTEGER NOT NULL,
            unique_authors INTEGER NOT NULL,
            duplicate_share REAL NOT NULL,
            negative_share REAL NOT NULL,
            reach INTEGER NOT NULL,
            terms TEXT NOT NULL,                   -- JSON array
            history TEXT NOT NULL,                 -- JSON array, up to the latest window's end
            label TEXT CHECK (label IN ('useful', 'noise')),
            labelled_at INTEGER
        ) STRICT;
        CREATE INDEX alerts_detected ON alerts (detected_at);

        CREATE TABLE alert_mentions (              -- those to read first first
            alert_id INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
            rank INTEGER NOT NULL,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            PRIMARY KEY (alert_id, rank)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alert_mentions_mention ON alert_mentions (mention_seq);
        """
    )


@migrations()
def m002_issues(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE issues (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            reason TEXT NOT NULL,                  -- 'alert', 'risk' or 'negative'
            brand TEXT NOT NULL,
            alert_id INTEGER UNIQUE REFERENCES alerts (id) ON DELETE CASCADE,
            duplicate_key INTEGER NOT NULL,        -- near-copies join; 0: none do
            risks TEXT NOT NULL,                   -- JSON array of risk categories
            probability REAL NOT NULL,             -- of being negative, the highest
            reach INTEGER NOT NULL,                -- followers of the distinct authors
            mentions INTEGER NOT NULL,
            priority INTEGER NOT NULL,             -- 1 (first) to 5
            opened_at INTEGER NOT NULL,            -- event time
            latest_at INTEGER NOT NULL,            -- event time of its latest mention
            state TEXT NOT NULL,                   -- new, acknowledged, assigned, resolved ...
            assignee TEXT,
            closed_at INTEGER,
            version INTEGER NOT NULL               -- rises with every change by a person
        ) STRICT;
        CREATE INDEX issues_queue ON issues (state, priority, opened_at);
        CREATE INDEX issues_copies ON issues (brand, duplicate_key);
        CREATE TABLE issue_mentions (
            issue_id INTEGER NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            PRIMARY KEY (issue_id, mention_seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX issue_mentions_mention ON issue_mentions (mention_seq);

        CREATE TABLE issue_log (                   -- every change by a person
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            issue_id INTEGER NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
            version INTEGER NOT NULL,              -- of the issue after the change
            at INTEGER NOT NULL,
            who TEXT NOT NULL,
            action TEXT NOT NULL,
            from_state TEXT NOT NULL,
            to_state TEXT NOT NULL,
            assignee TEXT,
            note TEXT NOT NULL,
            UNIQUE (issue_id, version)
        ) STRICT;
        """
    )


@migrations()
def m003_outbox(db: Database) -> None:
    # A row says that something is to be told, not what: the message is written from the
    # alert when it is sent, so that what was erased in the meantime never leaves.
    db.executescript(
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,                 -- its name in config.toml
            key TEXT NOT NULL,                     -- idempotency: 'event:open:1'
            alert_id INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
            what TEXT NOT NULL,                    -- 'open', 'update' or 'close'
            severity INTEGER NOT NULL,             -- as it will have been told
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL,                   -- pending, sent, condensed, skipped, given_up
            attempts INTEGER NOT NULL DEFAULT 0,
            next_try INTEGER NOT NULL,
            last_error TEXT,
            settled_at INTEGER,                    -- when it left 'pending'
            UNIQUE (channel, key)
        ) STRICT;
        CREATE INDEX outbox_pending ON outbox (channel, id) WHERE state = 'pending';
        CREATE INDEX outbox_alert ON outbox (alert_id);
        """
    )


@migrations()
def m004_exports(db: Database) -> None:
    # Files that quote mentions, so that erasing a mention can reach them. `mention_seq` has
    # no foreign key: a row outlives its mention until the file that quotes it is gone.
    db.executescript(
        """
        CREATE TABLE exports (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE,             -- absolute
            kind TEXT NOT NULL,                    -- 'digest'
            made_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE export_mentions (
            export_id INTEGER NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
            mention_seq INTEGER NOT NULL,
            PRIMARY KEY (export_id, mention_seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX export_mentions_mention ON export_mentions (mention_seq);
        """
    )
