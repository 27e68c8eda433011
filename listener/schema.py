"""The listener's tables: authors, mentions, changes, tombstones, cursors, runs.

`mentions` is an append-only log: `seq` is the order of arrival and is never reused.
An edit or a deletion on the platform updates its row, and a trigger appends to `changes`,
so that the stages hear of it.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("listener")


@migrations()
def m001_log(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE authors (
            id INTEGER PRIMARY KEY,          -- 63 bits of the keyed hash
            platform TEXT NOT NULL,
            name TEXT,                       -- only when authors.hash = false
            first_seen_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE mentions (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            platform TEXT NOT NULL,
            native_id TEXT NOT NULL,
            source TEXT NOT NULL,
            author_id INTEGER REFERENCES authors (id),
            followers INTEGER,               -- of the author, at the time
            kind TEXT NOT NULL,
            published_at INTEGER NOT NULL,
            collected_at INTEGER NOT NULL,
            text TEXT NOT NULL,
            url TEXT,
            reply_to TEXT,
            language TEXT,                   -- as the platform said
            likes INTEGER,
            reposts INTEGER,
            replies INTEGER,
            views INTEGER,
            labels TEXT,                     -- JSON array, or NULL
            edited_at INTEGER,
            deleted_at INTEGER,              -- text and url are erased then
            UNIQUE (platform, native_id)
        ) STRICT;
        CREATE INDEX mentions_published ON mentions (published_at);
        CREATE INDEX mentions_author ON mentions (author_id);

        CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX changes_mention ON changes (mention_seq);
        CREATE TRIGGER mentions_changed AFTER UPDATE OF text, labels ON mentions
        WHEN old.text IS NOT new.text OR old.labels IS NOT new.labels
        BEGIN
            INSERT INTO changes (mention_seq) VALUES (new.seq);
        END;

        CREATE TABLE tombstones (            -- a deletion that overtook its mention
            platform TEXT NOT NULL,
            native_id TEXT NOT NULL,
            deleted_at INTEGER NOT NULL,
            PRIMARY KEY (platform, native_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE cursors (
            stage TEXT PRIMARY KEY,
            position INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            what TEXT NOT NULL,              -- 'import posts.csv', 'process', 'erase'
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            outcome TEXT,                    -- NULL while it runs or when it was killed
            rows_read INTEGER NOT NULL DEFAULT 0,
            rows_new INTEGER NOT NULL DEFAULT 0,
            rows_updated INTEGER NOT NULL DEFAULT 0,
            rows_known INTEGER NOT NULL DEFAULT 0,
            rows_refused INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        """
    )


@migrations()
def m002_search(db: Database) -> None:
    # External content: the text is stored once. The index stage feeds it, not a trigger
    # on insert, which would cut ingestion to a tenth; only what is already indexed is
    # corrected by triggers when it is edited or erased, and that is rare.
    db.executescript(
        """
        CREATE VIRTUAL TABLE mentions_fts USING fts5(
            text, content = 'mentions', content_rowid = 'seq', tokenize = 'trigram'
        );
        CREATE TRIGGER mentions_edited_index AFTER UPDATE OF text ON mentions
        WHEN old.text IS NOT new.text
            AND old.seq <= (SELECT position FROM cursors WHERE stage = 'index')
        BEGIN
            INSERT INTO mentions_fts (mentions_fts, rowid, text)
                VALUES ('delete', old.seq, old.text);
            INSERT INTO mentions_fts (rowid, text) VALUES (new.seq, new.text);
        END;
        CREATE TRIGGER mentions_erased_index AFTER DELETE ON mentions
        WHEN old.seq <= (SELECT position FROM cursors WHERE stage = 'index')
        BEGIN
            INSERT INTO mentions_fts (mentions_fts, rowid, text)
                VALUES ('delete', old.seq, old.text);
        END;
        """
    )
