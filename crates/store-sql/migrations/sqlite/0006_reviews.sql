-- What reviewers say of reports. What is said never changes; that it ended is noted beside it.
CREATE TABLE reviews (
    id           BLOB PRIMARY KEY,
    report       BLOB NOT NULL,
    bytes        BLOB NOT NULL,
    at           INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    end_cause    INTEGER,
    end_at       INTEGER,
    end_position INTEGER
) WITHOUT ROWID;
CREATE INDEX reviews_report ON reviews (report, position);

-- Reports with reviews that stand: the revision beneath the corrections, and the corrected one; the same twice where
-- nothing is corrected.
CREATE TABLE overlays (
    report   BLOB PRIMARY KEY,
    purpose  INTEGER NOT NULL,
    base     INTEGER NOT NULL,
    revision INTEGER NOT NULL
) WITHOUT ROWID;

-- Whether a capture only tells that reviewers have changed something: what they put right was found in no document.
ALTER TABLE captures ADD COLUMN is_review INTEGER NOT NULL DEFAULT 0;
