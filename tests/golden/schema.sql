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

CREATE TRIGGER mentions_erased_index BEFORE DELETE ON mentions
WHEN old.seq <= (SELECT position FROM cursors WHERE stage = 'index')
BEGIN
    INSERT INTO mentions_fts (mentions_fts, rowid, text) VALUES (
        'delete', old.seq,
        coalesce((SELECT folded FROM folded_texts WHERE mention_seq = old.seq), old.text)
    );
END;

CREATE TABLE author_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL        -- a keyed hash; the key cannot be had from it
) STRICT;

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
, known_at INTEGER NOT NULL DEFAULT 0, final INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX source_gaps_source ON source_gaps (source, since);

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

CREATE INDEX source_gaps_until ON source_gaps (until);

CREATE TABLE enrichments (
    mention_seq INTEGER PRIMARY KEY REFERENCES mentions (seq) ON DELETE CASCADE,
    language TEXT NOT NULL,          -- 'th', 'en', 'mixed', 'other', 'und'
    sentiment TEXT NOT NULL,         -- 'negative', 'neutral', 'positive'
    sentiment_probability REAL NOT NULL,
    intent TEXT NOT NULL,            -- 'question', 'promotion', 'other' ...
    duplicate_key INTEGER NOT NULL,  -- equal for near-copies; 0: too short to tell
    risks TEXT NOT NULL,             -- JSON array of risk categories
    terms TEXT NOT NULL              -- JSON array: '#tag', 'two words', 'name'
, aspects TEXT NOT NULL DEFAULT '{}', entities TEXT NOT NULL DEFAULT '[]') STRICT;

CREATE TABLE brand_matches (
    brand TEXT NOT NULL,             -- the brand's id in config.toml
    mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
    PRIMARY KEY (brand, mention_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX brand_matches_mention ON brand_matches (mention_seq);

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
, teaches TEXT NOT NULL DEFAULT 'sentiment') STRICT;

CREATE INDEX layers_language ON layers (language, id);

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

