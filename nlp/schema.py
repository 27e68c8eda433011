"""The nlp room's tables: what each mention means, and which brands it is about."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("nlp")


@migrations()
def m001_enrichments(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE enrichments (
            mention_seq INTEGER PRIMARY KEY REFERENCES mentions (seq) ON DELETE CASCADE,
            language TEXT NOT NULL,          -- 'th', 'en', 'mixed', 'other', 'und'
            sentiment TEXT NOT NULL,         -- 'negative', 'neutral', 'positive'
            sentiment_probability REAL NOT NULL,
            intent TEXT NOT NULL,            -- 'question', 'promotion', 'other' ...
            duplicate_key INTEGER NOT NULL,  -- equal for near-copies; 0: too short to tell
            risks TEXT NOT NULL,             -- JSON array of risk categories
            terms TEXT NOT NULL              -- JSON array: '#tag', 'two words', 'name'
        ) STRICT;

        CREATE TABLE brand_matches (
            brand TEXT NOT NULL,             -- the brand's id in config.toml
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            PRIMARY KEY (brand, mention_seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX brand_matches_mention ON brand_matches (mention_seq);
        """
    )


@migrations()
def m002_aspects(db: Database) -> None:
    # Of what was enriched before, nothing is known.
    db.execute("ALTER TABLE enrichments ADD COLUMN aspects TEXT NOT NULL DEFAULT '{}'")


@migrations()
def m003_entities(db: Database) -> None:
    db.execute("ALTER TABLE enrichments ADD COLUMN entities TEXT NOT NULL DEFAULT '[]'")


@migrations()
def m004_lessons(db: Database) -> None:
    db.executescript(
        """
        CREATE TABLE corrections (           -- what a person says of a mention
            mention_seq INTEGER PRIMARY KEY REFERENCES mentions (seq) ON DELETE CASCADE,
            sentiment TEXT,                  -- NULL: not judged
            intent TEXT,
            at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE layers (                -- weights learnt over a shipped model; no text
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            language TEXT NOT NULL,          -- 'th', 'en'; the latest counts
            model TEXT NOT NULL,             -- the fingerprint of the model under it
            learnt_at INTEGER NOT NULL,
            corrections INTEGER NOT NULL,
            before REAL NOT NULL,            -- share of held-out corrections that were right
            after REAL NOT NULL,
            arrays BLOB NOT NULL             -- npz: features, deltas, bias
        ) STRICT;
        CREATE INDEX layers_language ON layers (language, id);
        """
    )
