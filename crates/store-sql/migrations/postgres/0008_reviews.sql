-- What reviewers say of reports. What is said never changes; that it ended is noted beside it.
CREATE TABLE reviews (
    id           BYTEA PRIMARY KEY,
    report       BYTEA NOT NULL,
    bytes        BYTEA NOT NULL,
    at           BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    end_cause    BIGINT,
    end_at       BIGINT,
    end_position BIGINT
);
CREATE INDEX reviews_report ON reviews (report, position);

-- Reports with reviews that stand: the revision beneath the corrections, and the corrected one; the same twice where
-- nothing is corrected.
CREATE TABLE overlays (
    report   BYTEA PRIMARY KEY,
    purpose  BIGINT NOT NULL,
    base     BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

-- Whether a capture only tells that reviewers have changed something: what they put right was found in no document.
-- The version before this one takes such a capture for a reading; the next look at the reviews mends what it made current.
ALTER TABLE captures ADD COLUMN is_review BIGINT NOT NULL DEFAULT 0;
