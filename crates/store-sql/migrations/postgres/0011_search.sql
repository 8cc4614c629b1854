-- The words of every revision that was ever current, for searches. A document of the index has a number, in the order in which
-- revisions became current for the first time, and grams: pairs of characters and marks. Numbers of 32 bits do not compress.
CREATE TABLE search_documents (
    number      BIGINT PRIMARY KEY,
    revision_id BIGINT NOT NULL UNIQUE,
    grams       INTEGER[] NOT NULL
);
ALTER TABLE search_documents ALTER COLUMN grams SET STORAGE EXTERNAL;
CREATE INDEX search_grams ON search_documents USING gin (grams);
-- At most one row: how far the index is, and what version of it. The report is empty where nothing was taken in yet.
CREATE TABLE search_state (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    version  BIGINT NOT NULL,
    position BIGINT NOT NULL,
    report   BYTEA NOT NULL,
    number   BIGINT NOT NULL
);
