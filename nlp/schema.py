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


@migrations()
def m005_topics(db: Database) -> None:
    # What topics say stands in rows alone, never in the model, so that it can be erased.
    db.executescript(
        """
        CREATE TABLE topic_fits (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            brand TEXT NOT NULL,             -- '' where a workspace has no brands
            at INTEGER NOT NULL,
            since INTEGER NOT NULL,          -- of what was published in [since, until)
            until INTEGER NOT NULL,
            reached INTEGER NOT NULL,        -- the last mention it knew of
            mentions INTEGER NOT NULL,       -- those in that time
            fitted INTEGER NOT NULL,         -- of them, the ones that were looked at together
            outliers REAL NOT NULL,          -- of the fitted, the share without a topic
            embedding TEXT NOT NULL,
            churn TEXT,                      -- JSON: ids kept, renamed, new, gone; NULL: the first
            model BLOB                       -- points, no text; NULL but for a brand's latest
        ) STRICT;
        CREATE INDEX topic_fits_brand ON topic_fits (brand, id);

        CREATE TABLE topics (
            brand TEXT NOT NULL,
            id INTEGER NOT NULL,             -- stays with the theme
            label TEXT NOT NULL,
            terms TEXT NOT NULL,             -- JSON array; each said by two authors at least
            language TEXT NOT NULL,
            colour INTEGER NOT NULL,
            parent INTEGER,                  -- its group's id
            size INTEGER NOT NULL,           -- of its last fit
            first_fit INTEGER NOT NULL,
            last_fit INTEGER NOT NULL,
            PRIMARY KEY (brand, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE topic_groups (
            brand TEXT NOT NULL,
            id INTEGER NOT NULL,
            label TEXT NOT NULL,
            PRIMARY KEY (brand, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE mention_topics (
            brand TEXT NOT NULL,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            topic INTEGER NOT NULL,
            similarity REAL NOT NULL,
            representative INTEGER,          -- from 1: those to read first
            PRIMARY KEY (brand, mention_seq),
            FOREIGN KEY (brand, topic) REFERENCES topics (brand, id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX mention_topics_mention ON mention_topics (mention_seq);
        CREATE INDEX mention_topics_topic ON mention_topics (brand, topic);
        """
    )


@migrations()
def m006_layers_of_intents(db: Database) -> None:
    # What it teaches: 'sentiment' of a language, or 'intent', whose language is 'all'.
    db.execute("ALTER TABLE layers ADD COLUMN teaches TEXT NOT NULL DEFAULT 'sentiment'")
