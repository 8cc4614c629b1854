-- The words of every revision that was ever current, for searches. A document of the index has a number, in the order in which
-- revisions became current for the first time.
CREATE TABLE search_documents (
    number      INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL UNIQUE
);
-- By their numbers: pairs of characters and marks, as hexadecimal numbers, without their places.
CREATE VIRTUAL TABLE search_grams USING fts5(grams, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
-- At most one row: how far the index is, and what version of it. The report is empty where nothing was taken in yet.
CREATE TABLE search_state (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    report   BLOB NOT NULL,
    number   INTEGER NOT NULL
);
