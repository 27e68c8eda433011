"""The listener's tables: the log of mentions, and what is known of its sources.

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
    # External content: the text is stored once, and again only where folding changes more
    # of it than the case of a-z (accents, soooo, full-width letters): a trigram index of
    # the text itself would miss what the query language finds there. The index stage feeds
    # it, not a trigger on insert, which would cut ingestion to a tenth; only what is
    # already indexed is corrected by triggers when it is edited or erased, and that is
    # rare. An edited text is indexed as it stands until the index stage folds it.
    db.executescript(
        """
        CREATE TABLE folded_texts (
            mention_seq INTEGER PRIMARY KEY REFERENCES mentions (seq) ON DELETE CASCADE,
            folded TEXT NOT NULL
        ) STRICT;
        CREATE VIEW indexed_texts AS
            SELECT seq, coalesce(folded, text) AS text
            FROM mentions LEFT JOIN folded_texts ON mention_seq = seq;
        CREATE VIRTUAL TABLE mentions_fts USING fts5(
            text, content = 'indexed_texts', content_rowid = 'seq', tokenize = 'trigram'
        );
        CREATE TRIGGER mentions_edited_index AFTER UPDATE OF text ON mentions
        WHEN old.text IS NOT new.text
            AND old.seq <= (SELECT position FROM cursors WHERE stage = 'index')
        BEGIN
            INSERT INTO mentions_fts (mentions_fts, rowid, text) VALUES (
                'delete', old.seq,
                coalesce((SELECT folded FROM folded_texts WHERE mention_seq = old.seq), old.text)
            );
            DELETE FROM folded_texts WHERE mention_seq = old.seq;
            INSERT INTO mentions_fts (rowid, text) VALUES (new.seq, new.text);
        END;
        -- Before, for the folded text goes with its mention.
        CREATE TRIGGER mentions_erased_index BEFORE DELETE ON mentions
        WHEN old.seq <= (SELECT position FROM cursors WHERE stage = 'index')
        BEGIN
            INSERT INTO mentions_fts (mentions_fts, rowid, text) VALUES (
                'delete', old.seq,
                coalesce((SELECT folded FROM folded_texts WHERE mention_seq = old.seq), old.text)
            );
        END;
        """
    )


@migrations()
def m003_author_key(db: Database) -> None:
    # So that another key is noticed: it would make every known author a stranger.
    db.executescript(
        """
        CREATE TABLE author_key (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            fingerprint TEXT NOT NULL        -- a keyed hash; the key cannot be had from it
        ) STRICT;
        """
    )


@migrations()
def m004_collect(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE source_cursors (
            source TEXT PRIMARY KEY,         -- its name in config.toml
            type TEXT NOT NULL,              -- another type under the same name starts anew
            cursor TEXT NOT NULL,            -- only the source itself can read it
            moves INTEGER NOT NULL           -- rises with every batch, to compare and set
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE source_health (
            source TEXT PRIMARY KEY,
            type TEXT NOT NULL,
            first_at INTEGER NOT NULL,       -- when it was first tried
            next_at INTEGER NOT NULL,        -- when it is tried again
            heard_at INTEGER,                -- last success, of whatever came or did not come
            item_at INTEGER,                 -- when something new came last
            failures INTEGER NOT NULL DEFAULT 0,     -- in a row, until now
            error TEXT,                      -- the last one, if any, and when it was
            error_at INTEGER
        ) STRICT, WITHOUT ROWID;

        -- An hour that was not heard is missing, not zero.
        CREATE TABLE source_hours (
            source TEXT NOT NULL,
            hour INTEGER NOT NULL,           -- its beginning, UTC ms, by time of arrival
            heard INTEGER NOT NULL,          -- whether the source answered at all in it
            items INTEGER NOT NULL DEFAULT 0,        -- new mentions
            refused INTEGER NOT NULL DEFAULT 0,
            requests INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source, hour)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE source_gaps (           -- [since, until) was not heard
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER,                   -- NULL while it lasts
            cause TEXT NOT NULL,
            repaired_at INTEGER              -- when what was missed had been had after all
        ) STRICT;
        CREATE INDEX source_gaps_source ON source_gaps (source, since);
        """
    )


@migrations()
def m005_more_than_mentions(db: Database) -> None:
    db.executescript(
        """
        -- When we came to know of a gap: what was decided before did not know of it.
        ALTER TABLE source_gaps ADD COLUMN known_at INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE source_spending (       -- a request that costs, before it is made
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            budget TEXT NOT NULL,            -- 'money', 'quota'
            currency TEXT NOT NULL,
            what TEXT NOT NULL,              -- the kind of request
            at INTEGER NOT NULL,
            reserved INTEGER NOT NULL,       -- millionths of the currency
            cost INTEGER                     -- NULL until it is known; then it counts instead
        ) STRICT;
        CREATE INDEX source_spending_at ON source_spending (source, budget, at);

        CREATE TABLE deliveries (            -- what webhooks brought and is not taken in yet
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX deliveries_source ON deliveries (source, id);

        CREATE TABLE platform_counts (       -- counted by the platform, unread
            source TEXT NOT NULL,
            brand TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL,
            platform TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (source, brand, since, until)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE own_posts (
            id INTEGER PRIMARY KEY,
            platform TEXT NOT NULL,
            native_id TEXT NOT NULL,
            account TEXT NOT NULL,
            published_at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            url TEXT,
            UNIQUE (platform, native_id)
        ) STRICT;
        CREATE TABLE own_post_metrics (      -- running totals; a row only where one has changed
            own_post_id INTEGER NOT NULL REFERENCES own_posts (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            at INTEGER NOT NULL,
            value INTEGER NOT NULL,
            PRIMARY KEY (own_post_id, name, at)
        ) STRICT, WITHOUT ROWID;
        """
    )


@migrations()
def m006_spending(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE source_spending_days (  -- of days that are over, their requests summed up
            source TEXT NOT NULL,
            budget TEXT NOT NULL,
            day INTEGER NOT NULL,            -- its beginning in the budget's time zone
            currency TEXT NOT NULL,
            what TEXT NOT NULL,
            last_at INTEGER NOT NULL,        -- of the last request
            requests INTEGER NOT NULL,
            cost INTEGER NOT NULL,           -- millionths of the currency
            PRIMARY KEY (source, budget, day, currency, what)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE source_budgets (        -- as they were when they were last drawn on
            source TEXT NOT NULL,
            budget TEXT NOT NULL,
            currency TEXT NOT NULL,
            daily INTEGER,                   -- caps; NULL: none
            monthly INTEGER,
            timezone TEXT NOT NULL,          -- in which days and months begin
            first_at INTEGER NOT NULL,       -- when it was first drawn on
            PRIMARY KEY (source, budget)
        ) STRICT, WITHOUT ROWID;
        """
    )


@migrations()
def m007_final_gaps(db: Database) -> None:
    db.executescript(
        """
        -- 1: what was missed cannot be had any more, whatever the source says later; an open
        -- one is a silence, which only a mention ends.
        ALTER TABLE source_gaps ADD COLUMN final INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX source_gaps_until ON source_gaps (until);
        """
    )
