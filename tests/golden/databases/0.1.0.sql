PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO [_sqlite_migrations] VALUES (1, 'listener', 'm001_log', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (2, 'listener', 'm002_search', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (3, 'listener', 'm003_author_key', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (4, 'listener', 'm004_collect', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (5, 'listener', 'm005_more_than_mentions', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (6, 'listener', 'm006_spending', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (7, 'listener', 'm007_final_gaps', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (8, 'nlp', 'm001_enrichments', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (9, 'nlp', 'm002_aspects', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (10, 'nlp', 'm003_entities', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (11, 'nlp', 'm004_lessons', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (12, 'trends', 'm001_counts_and_signals', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (13, 'trends', 'm002_state', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (14, 'trends', 'm003_outages', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (15, 'alerts', 'm001_alerts', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (16, 'alerts', 'm002_issues', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (17, 'alerts', 'm003_outbox', '2026-01-01 00:00:00+00:00');
INSERT INTO [_sqlite_migrations] VALUES (18, 'alerts', 'm004_exports', '2026-01-01 00:00:00+00:00');
CREATE TABLE authors (
            id INTEGER PRIMARY KEY,          -- 63 bits of the keyed hash
            platform TEXT NOT NULL,
            name TEXT,                       -- only when authors.hash = false
            first_seen_at INTEGER NOT NULL
        ) STRICT;
INSERT INTO [authors] VALUES (1529584861909486854, 'x', NULL, 1400172800000);
INSERT INTO [authors] VALUES (3598833646392597797, 'x', NULL, 1400172800000);
INSERT INTO [authors] VALUES (4334784386344738024, 'x', NULL, 1400172800000);
INSERT INTO [authors] VALUES (4543128911245633813, 'x', NULL, 1400172800000);
INSERT INTO [authors] VALUES (5213893074590349770, 'x', NULL, 1400172800000);
INSERT INTO [authors] VALUES (6477505147952479371, 'x', NULL, 1400172800000);
INSERT INTO [authors] VALUES (8413282075759426738, 'x', NULL, 1400172800000);
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
INSERT INTO [mentions] VALUES (1, 'x', '0', 'test', 8413282075759426738, 0, 'post', 1400000000000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (2, 'x', '1', 'test', 3598833646392597797, 10000, 'post', 1400000900000, 1400172800000, 'แก้ไขแล้ว', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', 1400172800000, NULL);
INSERT INTO [mentions] VALUES (3, 'x', '2', 'test', 6477505147952479371, 20000, 'post', 1400001800000, 1400172800000, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, 1400172800000);
INSERT INTO [mentions] VALUES (4, 'x', '3', 'test', 4334784386344738024, 30000, 'post', 1400002700000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (5, 'x', '4', 'test', 4543128911245633813, 40000, 'post', 1400003600000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (6, 'x', '5', 'test', 1529584861909486854, 50000, 'post', 1400004500000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (7, 'x', '6', 'test', 5213893074590349770, 60000, 'post', 1400005400000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (8, 'x', '7', 'test', 8413282075759426738, 70000, 'post', 1400006300000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (9, 'x', '8', 'test', 3598833646392597797, 80000, 'post', 1400007200000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (10, 'x', '9', 'test', 6477505147952479371, 90000, 'post', 1400008100000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (11, 'x', '10', 'test', 4334784386344738024, 100000, 'post', 1400009000000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (12, 'x', '11', 'test', 4543128911245633813, 110000, 'post', 1400009900000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (13, 'x', '12', 'test', 1529584861909486854, 120000, 'post', 1400010800000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (14, 'x', '13', 'test', 5213893074590349770, 130000, 'post', 1400011700000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (15, 'x', '14', 'test', 8413282075759426738, 140000, 'post', 1400012600000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (16, 'x', '15', 'test', 3598833646392597797, 150000, 'post', 1400013500000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (17, 'x', '16', 'test', 6477505147952479371, 160000, 'post', 1400014400000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (18, 'x', '17', 'test', 4334784386344738024, 170000, 'post', 1400015300000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (19, 'x', '18', 'test', 4543128911245633813, 180000, 'post', 1400016200000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (20, 'x', '19', 'test', 1529584861909486854, 190000, 'post', 1400017100000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (21, 'x', '20', 'test', 5213893074590349770, 200000, 'post', 1400018000000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (22, 'x', '21', 'test', 8413282075759426738, 210000, 'post', 1400018900000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (23, 'x', '22', 'test', 3598833646392597797, 220000, 'post', 1400019800000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (24, 'x', '23', 'test', 6477505147952479371, 230000, 'post', 1400020700000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (25, 'x', '24', 'test', 4334784386344738024, 240000, 'post', 1400021600000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (26, 'x', '25', 'test', 4543128911245633813, 250000, 'post', 1400022500000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (27, 'x', '26', 'test', 1529584861909486854, 260000, 'post', 1400023400000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (28, 'x', '27', 'test', 5213893074590349770, 270000, 'post', 1400024300000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (29, 'x', '28', 'test', 8413282075759426738, 280000, 'post', 1400025200000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (30, 'x', '29', 'test', 3598833646392597797, 290000, 'post', 1400026100000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (31, 'x', '30', 'test', 6477505147952479371, 300000, 'post', 1400027000000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (32, 'x', '31', 'test', 4334784386344738024, 310000, 'post', 1400027900000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (33, 'x', '32', 'test', 4543128911245633813, 320000, 'post', 1400028800000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (34, 'x', '33', 'test', 1529584861909486854, 330000, 'post', 1400029700000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (35, 'x', '34', 'test', 5213893074590349770, 340000, 'post', 1400030600000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (36, 'x', '35', 'test', 8413282075759426738, 350000, 'post', 1400031500000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (37, 'x', '36', 'test', 3598833646392597797, 360000, 'post', 1400032400000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (38, 'x', '37', 'test', 6477505147952479371, 370000, 'post', 1400033300000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (39, 'x', '38', 'test', 4334784386344738024, 380000, 'post', 1400034200000, 1400172800000, 'i hate this awful broken #iphone', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
INSERT INTO [mentions] VALUES (40, 'x', '39', 'test', 4543128911245633813, 390000, 'post', 1400035100000, 1400172800000, 'บาร์บีคิวพลาซ่า อร่อยมาก', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '["food"]', NULL, NULL);
CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE
        ) STRICT;
INSERT INTO [changes] VALUES (1, 2);
INSERT INTO [changes] VALUES (2, 3);
CREATE TABLE tombstones (            -- a deletion that overtook its mention
            platform TEXT NOT NULL,
            native_id TEXT NOT NULL,
            deleted_at INTEGER NOT NULL,
            PRIMARY KEY (platform, native_id)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [tombstones] VALUES ('x', '2', 1400172800000);
INSERT INTO [tombstones] VALUES ('x', 'not yet here', 1400172800000);
CREATE TABLE cursors (
            stage TEXT PRIMARY KEY,
            position INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
INSERT INTO [cursors] VALUES ('alert', 1);
INSERT INTO [cursors] VALUES ('count', 1400036400000);
INSERT INTO [cursors] VALUES ('count.arrived', 40);
INSERT INTO [cursors] VALUES ('detect', 1400036400000);
INSERT INTO [cursors] VALUES ('enrich', 40);
INSERT INTO [cursors] VALUES ('enrich.changes', 2);
INSERT INTO [cursors] VALUES ('flag', 40);
INSERT INTO [cursors] VALUES ('index', 40);
INSERT INTO [cursors] VALUES ('index.changes', 2);
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
CREATE TABLE author_key (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            fingerprint TEXT NOT NULL        -- a keyed hash; the key cannot be had from it
        ) STRICT;
INSERT INTO [author_key] VALUES (1, '5571582d840966dcfafa2a02a203e4ae');
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
CREATE TABLE deliveries (            -- what webhooks brought and is not taken in yet
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
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
INSERT INTO [enrichments] VALUES (1, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (2, 'th', 'neutral', 0.7399, 'other', 0, '[]', '[]', '{}', '[]');
INSERT INTO [enrichments] VALUES (3, 'und', 'neutral', 1.0, 'other', 0, '[]', '[]', '{}', '[]');
INSERT INTO [enrichments] VALUES (4, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (5, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (6, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (7, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (8, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (9, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (10, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (11, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (12, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (13, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (14, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (15, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (16, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (17, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (18, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (19, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (20, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (21, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (22, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (23, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (24, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (25, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (26, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (27, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (28, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (29, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (30, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (31, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (32, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (33, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (34, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (35, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (36, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (37, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (38, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
INSERT INTO [enrichments] VALUES (39, 'en', 'negative', 0.9937, 'complaint', 0, '[]', '["hate","awful","broken","awful broken","#iphone"]', '{"quality":"negative"}', '[]');
INSERT INTO [enrichments] VALUES (40, 'th', 'positive', 0.9754, 'praise', 0, '[]', '["บาร์บีคิว","พลาซ่า","บาร์บีคิว พลาซ่า","อร่อย","พลาซ่า อร่อย"]', '{"taste":"positive"}', '[{"name":"บาร์บีคิวพลาซ่า","kind":"brand"}]');
CREATE TABLE brand_matches (
            brand TEXT NOT NULL,             -- the brand's id in config.toml
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            PRIMARY KEY (brand, mention_seq)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [brand_matches] VALUES ('apple', 1);
INSERT INTO [brand_matches] VALUES ('bbq', 4);
INSERT INTO [brand_matches] VALUES ('apple', 5);
INSERT INTO [brand_matches] VALUES ('bbq', 6);
INSERT INTO [brand_matches] VALUES ('apple', 7);
INSERT INTO [brand_matches] VALUES ('bbq', 8);
INSERT INTO [brand_matches] VALUES ('apple', 9);
INSERT INTO [brand_matches] VALUES ('bbq', 10);
INSERT INTO [brand_matches] VALUES ('apple', 11);
INSERT INTO [brand_matches] VALUES ('bbq', 12);
INSERT INTO [brand_matches] VALUES ('apple', 13);
INSERT INTO [brand_matches] VALUES ('bbq', 14);
INSERT INTO [brand_matches] VALUES ('apple', 15);
INSERT INTO [brand_matches] VALUES ('bbq', 16);
INSERT INTO [brand_matches] VALUES ('apple', 17);
INSERT INTO [brand_matches] VALUES ('bbq', 18);
INSERT INTO [brand_matches] VALUES ('apple', 19);
INSERT INTO [brand_matches] VALUES ('bbq', 20);
INSERT INTO [brand_matches] VALUES ('apple', 21);
INSERT INTO [brand_matches] VALUES ('bbq', 22);
INSERT INTO [brand_matches] VALUES ('apple', 23);
INSERT INTO [brand_matches] VALUES ('bbq', 24);
INSERT INTO [brand_matches] VALUES ('apple', 25);
INSERT INTO [brand_matches] VALUES ('bbq', 26);
INSERT INTO [brand_matches] VALUES ('apple', 27);
INSERT INTO [brand_matches] VALUES ('bbq', 28);
INSERT INTO [brand_matches] VALUES ('apple', 29);
INSERT INTO [brand_matches] VALUES ('bbq', 30);
INSERT INTO [brand_matches] VALUES ('apple', 31);
INSERT INTO [brand_matches] VALUES ('bbq', 32);
INSERT INTO [brand_matches] VALUES ('apple', 33);
INSERT INTO [brand_matches] VALUES ('bbq', 34);
INSERT INTO [brand_matches] VALUES ('apple', 35);
INSERT INTO [brand_matches] VALUES ('bbq', 36);
INSERT INTO [brand_matches] VALUES ('apple', 37);
INSERT INTO [brand_matches] VALUES ('bbq', 38);
INSERT INTO [brand_matches] VALUES ('apple', 39);
INSERT INTO [brand_matches] VALUES ('bbq', 40);
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
INSERT INTO [brand_counts] VALUES ('apple', 1399996800000, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400000400000, 1, 1, 1, 0, 1, 0, 0, 40000, 1, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400004000000, 2, 2, 2, 0, 2, 0, 0, 140000, 2, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400007600000, 2, 2, 2, 0, 2, 0, 0, 220000, 2, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400011200000, 2, 2, 1, 0, 2, 0, 0, 300000, 1, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400014800000, 2, 2, 0, 0, 2, 0, 0, 380000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400018400000, 2, 2, 0, 0, 2, 0, 0, 460000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400022000000, 2, 2, 0, 0, 2, 0, 0, 540000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400025600000, 2, 2, 0, 0, 2, 0, 0, 620000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400029200000, 2, 2, 0, 0, 2, 0, 0, 700000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('apple', 1400032800000, 1, 1, 0, 0, 1, 0, 0, 380000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400000400000, 1, 1, 1, 0, 0, 1, 0, 30000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400004000000, 2, 2, 2, 0, 0, 2, 0, 120000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400007600000, 2, 2, 2, 0, 0, 2, 0, 200000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400011200000, 2, 2, 2, 0, 0, 2, 0, 280000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400014800000, 2, 2, 0, 0, 0, 2, 0, 360000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400018400000, 2, 2, 0, 0, 0, 2, 0, 440000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400022000000, 2, 2, 0, 0, 0, 2, 0, 520000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400025600000, 2, 2, 0, 0, 0, 2, 0, 600000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400029200000, 2, 2, 0, 0, 0, 2, 0, 680000, 0, 0, '{}', 0);
INSERT INTO [brand_counts] VALUES ('bbq', 1400032800000, 2, 2, 0, 0, 0, 2, 0, 760000, 0, 0, '{}', 0);
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
INSERT INTO [signals] VALUES (1, 77, 'risk', 'apple', '', 'open', 1410300000000, 1400172800000, 1410282000000, 1410303600000, 182.0, 35.0, 20.0, 55.0, 4.5, 9, 240, 182, 0.12, 0.3, 1234567, '["iphone","iphone 6","#applelive"]', '[5,7,9]', '[3.0,5.0,4.0,60.0,120.0]');
CREATE TABLE counted (                -- how each mention was counted
            bucket INTEGER NOT NULL,
            brand TEXT NOT NULL,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            standing TEXT NOT NULL,           -- 'fresh', 'repeat' or 'copy'
            PRIMARY KEY (bucket, brand, mention_seq)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [counted] VALUES (1399996800000, 'apple', 1, 'fresh');
INSERT INTO [counted] VALUES (1400000400000, 'apple', 5, 'fresh');
INSERT INTO [counted] VALUES (1400000400000, 'bbq', 4, 'fresh');
INSERT INTO [counted] VALUES (1400004000000, 'apple', 7, 'fresh');
INSERT INTO [counted] VALUES (1400004000000, 'apple', 9, 'fresh');
INSERT INTO [counted] VALUES (1400004000000, 'bbq', 6, 'fresh');
INSERT INTO [counted] VALUES (1400004000000, 'bbq', 8, 'fresh');
INSERT INTO [counted] VALUES (1400007600000, 'apple', 11, 'fresh');
INSERT INTO [counted] VALUES (1400007600000, 'apple', 13, 'fresh');
INSERT INTO [counted] VALUES (1400007600000, 'bbq', 10, 'fresh');
INSERT INTO [counted] VALUES (1400007600000, 'bbq', 12, 'fresh');
INSERT INTO [counted] VALUES (1400011200000, 'apple', 15, 'repeat');
INSERT INTO [counted] VALUES (1400011200000, 'apple', 17, 'fresh');
INSERT INTO [counted] VALUES (1400011200000, 'bbq', 14, 'fresh');
INSERT INTO [counted] VALUES (1400011200000, 'bbq', 16, 'fresh');
INSERT INTO [counted] VALUES (1400014800000, 'apple', 19, 'repeat');
INSERT INTO [counted] VALUES (1400014800000, 'apple', 21, 'repeat');
INSERT INTO [counted] VALUES (1400014800000, 'bbq', 18, 'repeat');
INSERT INTO [counted] VALUES (1400014800000, 'bbq', 20, 'repeat');
INSERT INTO [counted] VALUES (1400018400000, 'apple', 23, 'repeat');
INSERT INTO [counted] VALUES (1400018400000, 'apple', 25, 'repeat');
INSERT INTO [counted] VALUES (1400018400000, 'bbq', 22, 'repeat');
INSERT INTO [counted] VALUES (1400018400000, 'bbq', 24, 'repeat');
INSERT INTO [counted] VALUES (1400022000000, 'apple', 27, 'repeat');
INSERT INTO [counted] VALUES (1400022000000, 'apple', 29, 'repeat');
INSERT INTO [counted] VALUES (1400022000000, 'bbq', 26, 'repeat');
INSERT INTO [counted] VALUES (1400022000000, 'bbq', 28, 'repeat');
INSERT INTO [counted] VALUES (1400025600000, 'apple', 31, 'repeat');
INSERT INTO [counted] VALUES (1400025600000, 'apple', 33, 'repeat');
INSERT INTO [counted] VALUES (1400025600000, 'bbq', 30, 'repeat');
INSERT INTO [counted] VALUES (1400025600000, 'bbq', 32, 'repeat');
INSERT INTO [counted] VALUES (1400029200000, 'apple', 35, 'repeat');
INSERT INTO [counted] VALUES (1400029200000, 'apple', 37, 'repeat');
INSERT INTO [counted] VALUES (1400029200000, 'bbq', 34, 'repeat');
INSERT INTO [counted] VALUES (1400029200000, 'bbq', 36, 'repeat');
INSERT INTO [counted] VALUES (1400032800000, 'apple', 39, 'repeat');
INSERT INTO [counted] VALUES (1400032800000, 'bbq', 38, 'repeat');
INSERT INTO [counted] VALUES (1400032800000, 'bbq', 40, 'repeat');
CREATE TABLE seen_authors (           -- of the last 24 hours
            brand TEXT NOT NULL,
            author_id INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
            at INTEGER NOT NULL,
            PRIMARY KEY (brand, author_id)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [seen_authors] VALUES ('apple', 1529584861909486854, 1400023400000);
INSERT INTO [seen_authors] VALUES ('bbq', 5213893074590349770, 1400024300000);
INSERT INTO [seen_authors] VALUES ('apple', 8413282075759426738, 1400025200000);
INSERT INTO [seen_authors] VALUES ('bbq', 3598833646392597797, 1400026100000);
INSERT INTO [seen_authors] VALUES ('apple', 6477505147952479371, 1400027000000);
INSERT INTO [seen_authors] VALUES ('bbq', 4334784386344738024, 1400027900000);
INSERT INTO [seen_authors] VALUES ('apple', 4543128911245633813, 1400028800000);
INSERT INTO [seen_authors] VALUES ('bbq', 1529584861909486854, 1400029700000);
INSERT INTO [seen_authors] VALUES ('apple', 5213893074590349770, 1400030600000);
INSERT INTO [seen_authors] VALUES ('bbq', 8413282075759426738, 1400031500000);
INSERT INTO [seen_authors] VALUES ('apple', 3598833646392597797, 1400032400000);
INSERT INTO [seen_authors] VALUES ('bbq', 6477505147952479371, 1400033300000);
INSERT INTO [seen_authors] VALUES ('apple', 4334784386344738024, 1400034200000);
INSERT INTO [seen_authors] VALUES ('bbq', 4543128911245633813, 1400035100000);
CREATE TABLE seen_copies (            -- near-copy keys of the last seven days
            brand TEXT NOT NULL,
            duplicate_key INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (brand, duplicate_key)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE term_levels (            -- what is usual for a term
            term INTEGER PRIMARY KEY,         -- hash of brand and term
            level REAL NOT NULL,
            bucket INTEGER NOT NULL           -- number of the bucket at which it stood so
        ) STRICT;
CREATE TABLE detection (              -- what else the detection knows
            part TEXT PRIMARY KEY,            -- 'shared', 'brand/ID' or 'event/NUMBER'
            state TEXT NOT NULL               -- JSON
        ) STRICT, WITHOUT ROWID;
INSERT INTO [detection] VALUES ('brand/apple', '{"spreads":[[-1,0.0,0.0,0.0,0.0,0.0],[-1,0.0,0.0,0.0,0.0,0.0],[-1,0.0,0.0,0.0,0.0,0.0]],"level":0.0,"copies":0.0,"risks":{},"hours":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"at":0,"profile":null,"profiled_at":0,"sources":{},"deficit":0.0}');
INSERT INTO [detection] VALUES ('brand/bbq', '{"spreads":[[-1,0.0,0.0,0.0,0.0,0.0],[-1,0.0,0.0,0.0,0.0,0.0],[-1,0.0,0.0,0.0,0.0,0.0]],"level":0.0,"copies":0.0,"risks":{},"hours":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"at":0,"profile":null,"profiled_at":0,"sources":{},"deficit":0.0}');
INSERT INTO [detection] VALUES ('shared', '{"bucket_minutes":60,"at":388898,"recent":[[388888,true],[388889,true],[388890,true],[388891,true],[388892,true],[388893,true],[388894,true],[388895,true],[388896,true],[388897,true],[388898,true]],"baseline":{"season":{"counts":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"alive":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"factors":[1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0],"exposure":0.0,"total_exposure":0.0,"at":0,"fitted_at":0},"stream":{"spreads":[[-1,0.0,0.0,0.0,0.0,0.0],[-1,0.0,0.0,0.0,0.0,0.0],[-1,0.0,0.0,0.0,0.0,0.0]],"level":0.0,"copies":0.0,"risks":{},"hours":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"at":0,"profile":null,"profiled_at":0,"sources":{},"deficit":0.0},"pool":[[0.0,0.0],[0.0,0.0],[0.0,0.0]],"sizes":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]},"terms":{"excess":[[0.1,0.0,0.0,0.0,0.0],[0.1,0.0,0.0,0.0,0.0],[0.1,0.0,0.0,0.0,0.0]],"sightings":0.0,"weeks":0.0},"risks":{"excess":[[0.5,0.0,0.0,0.0,0.0],[0.5,0.0,0.0,0.0,0.0],[0.5,0.0,0.0,0.0,0.0]],"sightings":0.0,"weeks":0.0},"calibration":{"budget":3.0,"heights":{"attention":[],"risk":[],"inauthentic":[]},"weeks":0.0,"spent":0.0,"spent_weeks":0.0,"thresholds":{"attention":0.7499999999999796,"risk":1.1499999999999782,"inauthentic":1.3499999999999774}},"begun":0,"raised":0}');
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
INSERT INTO [alerts] VALUES (1, 77, 'risk', 'apple', '', 'open', 9, 9, 1400172800000, 1400172800000, 1410282000000, 1410282000000, 1410303600000, 182.0, 35.0, 20.0, 55.0, 4.5, 240, 182, 0.12, 0.3, 1234567, '["iphone","iphone 6","#applelive"]', '[3.0,5.0,4.0,60.0,120.0]', NULL, NULL);
CREATE TABLE alert_mentions (              -- those to read first first
            alert_id INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
            rank INTEGER NOT NULL,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            PRIMARY KEY (alert_id, rank)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [alert_mentions] VALUES (1, 2, 5);
INSERT INTO [alert_mentions] VALUES (1, 1, 7);
INSERT INTO [alert_mentions] VALUES (1, 0, 9);
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
INSERT INTO [issues] VALUES (1, 'alert', 'apple', 1, 0, '[]', 0.3, 1234567, 240, 1, 1400172800000, 1400172800000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (2, 'negative', 'apple', NULL, 0, '[]', 0.9937, 40000, 1, 2, 1400003600000, 1400003600000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (3, 'negative', 'apple', NULL, 0, '[]', 0.9937, 60000, 1, 2, 1400005400000, 1400005400000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (4, 'negative', 'apple', NULL, 0, '[]', 0.9937, 80000, 1, 2, 1400007200000, 1400007200000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (5, 'negative', 'apple', NULL, 0, '[]', 0.9937, 100000, 1, 1, 1400009000000, 1400009000000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (6, 'negative', 'apple', NULL, 0, '[]', 0.9937, 120000, 1, 1, 1400010800000, 1400010800000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (7, 'negative', 'apple', NULL, 0, '[]', 0.9937, 140000, 1, 1, 1400012600000, 1400012600000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (8, 'negative', 'apple', NULL, 0, '[]', 0.9937, 160000, 1, 1, 1400014400000, 1400014400000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (9, 'negative', 'apple', NULL, 0, '[]', 0.9937, 180000, 1, 1, 1400016200000, 1400016200000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (10, 'negative', 'apple', NULL, 0, '[]', 0.9937, 200000, 1, 1, 1400018000000, 1400018000000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (11, 'negative', 'apple', NULL, 0, '[]', 0.9937, 220000, 1, 1, 1400019800000, 1400019800000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (12, 'negative', 'apple', NULL, 0, '[]', 0.9937, 240000, 1, 1, 1400021600000, 1400021600000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (13, 'negative', 'apple', NULL, 0, '[]', 0.9937, 260000, 1, 1, 1400023400000, 1400023400000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (14, 'negative', 'apple', NULL, 0, '[]', 0.9937, 280000, 1, 1, 1400025200000, 1400025200000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (15, 'negative', 'apple', NULL, 0, '[]', 0.9937, 300000, 1, 1, 1400027000000, 1400027000000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (16, 'negative', 'apple', NULL, 0, '[]', 0.9937, 320000, 1, 1, 1400028800000, 1400028800000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (17, 'negative', 'apple', NULL, 0, '[]', 0.9937, 340000, 1, 1, 1400030600000, 1400030600000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (18, 'negative', 'apple', NULL, 0, '[]', 0.9937, 360000, 1, 1, 1400032400000, 1400032400000, 'new', NULL, NULL, 1);
INSERT INTO [issues] VALUES (19, 'negative', 'apple', NULL, 0, '[]', 0.9937, 380000, 1, 1, 1400034200000, 1400034200000, 'new', NULL, NULL, 1);
CREATE TABLE issue_mentions (
            issue_id INTEGER NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
            mention_seq INTEGER NOT NULL REFERENCES mentions (seq) ON DELETE CASCADE,
            PRIMARY KEY (issue_id, mention_seq)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [issue_mentions] VALUES (2, 5);
INSERT INTO [issue_mentions] VALUES (3, 7);
INSERT INTO [issue_mentions] VALUES (4, 9);
INSERT INTO [issue_mentions] VALUES (5, 11);
INSERT INTO [issue_mentions] VALUES (6, 13);
INSERT INTO [issue_mentions] VALUES (7, 15);
INSERT INTO [issue_mentions] VALUES (8, 17);
INSERT INTO [issue_mentions] VALUES (9, 19);
INSERT INTO [issue_mentions] VALUES (10, 21);
INSERT INTO [issue_mentions] VALUES (11, 23);
INSERT INTO [issue_mentions] VALUES (12, 25);
INSERT INTO [issue_mentions] VALUES (13, 27);
INSERT INTO [issue_mentions] VALUES (14, 29);
INSERT INTO [issue_mentions] VALUES (15, 31);
INSERT INTO [issue_mentions] VALUES (16, 33);
INSERT INTO [issue_mentions] VALUES (17, 35);
INSERT INTO [issue_mentions] VALUES (18, 37);
INSERT INTO [issue_mentions] VALUES (19, 39);
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
INSERT INTO [outbox] VALUES (1, 'team', '77:open:0', 1, 'open', 9, 1400172800000, 'sent', 1, 1400172860000, NULL, 1400172800000);
CREATE TABLE exports (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE,             -- absolute
            kind TEXT NOT NULL,                    -- 'digest'
            made_at INTEGER NOT NULL
        ) STRICT;
INSERT INTO [exports] VALUES (1, '/tmp/pytest-of-root/pytest-523/popen-gw0/test_this_version_has_its_data0/workspace/messages/77-open-0.txt', 'message', 1400172800000);
INSERT INTO [exports] VALUES (2, '/tmp/pytest-of-root/pytest-523/popen-gw0/test_this_version_has_its_data0/workspace/messages/77-open-0.json', 'message', 1400172800000);
CREATE TABLE export_mentions (
            export_id INTEGER NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
            mention_seq INTEGER NOT NULL,
            PRIMARY KEY (export_id, mention_seq)
        ) STRICT, WITHOUT ROWID;
INSERT INTO [export_mentions] VALUES (1, 5);
INSERT INTO [export_mentions] VALUES (2, 5);
INSERT INTO [export_mentions] VALUES (1, 7);
INSERT INTO [export_mentions] VALUES (2, 7);
INSERT INTO [export_mentions] VALUES (1, 9);
INSERT INTO [export_mentions] VALUES (2, 9);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX mentions_published ON mentions (published_at);
CREATE INDEX mentions_author ON mentions (author_id);
CREATE INDEX changes_mention ON changes (mention_seq);
CREATE TRIGGER mentions_changed AFTER UPDATE OF text, labels ON mentions
        WHEN old.text IS NOT new.text OR old.labels IS NOT new.labels
        BEGIN
            INSERT INTO changes (mention_seq) VALUES (new.seq);
        END;
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
CREATE INDEX source_gaps_source ON source_gaps (source, since);
CREATE INDEX source_spending_at ON source_spending (source, budget, at);
CREATE INDEX deliveries_source ON deliveries (source, id);
CREATE INDEX source_gaps_until ON source_gaps (until);
CREATE INDEX brand_matches_mention ON brand_matches (mention_seq);
CREATE INDEX layers_language ON layers (language, id);
CREATE INDEX signals_event ON signals (event, id);
CREATE INDEX counted_mention ON counted (mention_seq);
CREATE INDEX seen_authors_author ON seen_authors (author_id);
CREATE INDEX seen_authors_at ON seen_authors (at);
CREATE INDEX seen_copies_at ON seen_copies (at);
CREATE UNIQUE INDEX outages_open ON outages (source) WHERE until IS NULL;
CREATE INDEX alerts_detected ON alerts (detected_at);
CREATE INDEX alert_mentions_mention ON alert_mentions (mention_seq);
CREATE INDEX issues_queue ON issues (state, priority, opened_at);
CREATE INDEX issues_copies ON issues (brand, duplicate_key);
CREATE INDEX issue_mentions_mention ON issue_mentions (mention_seq);
CREATE INDEX outbox_pending ON outbox (channel, id) WHERE state = 'pending';
CREATE INDEX outbox_alert ON outbox (alert_id);
CREATE INDEX export_mentions_mention ON export_mentions (mention_seq);
DELETE FROM sqlite_sequence;
INSERT INTO [sqlite_sequence] VALUES ('mentions', 40);
INSERT INTO [sqlite_sequence] VALUES ('changes', 2);
INSERT INTO [sqlite_sequence] VALUES ('alerts', 1);
INSERT INTO [sqlite_sequence] VALUES ('issues', 19);
INSERT INTO [sqlite_sequence] VALUES ('outbox', 1);
INSERT INTO mentions_fts (mentions_fts) VALUES ('rebuild');
COMMIT;
