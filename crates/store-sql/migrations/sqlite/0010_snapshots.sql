-- Snapshots of other stores of which all has been taken in: what a delta may be put upon. The position is that of the other store;
-- what was taken in last has the greatest number.
CREATE TABLE snapshots (
    content  BLOB PRIMARY KEY,
    position INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    taken    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX snapshots_taken ON snapshots (taken);
