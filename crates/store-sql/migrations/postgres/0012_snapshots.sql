-- Snapshots of other stores of which all has been taken in: what a delta may be put upon. The position is that of the other store;
-- what was taken in last has the greatest number.
CREATE TABLE snapshots (
    content  BYTEA PRIMARY KEY,
    position BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    taken    BIGINT NOT NULL
);
CREATE INDEX snapshots_taken ON snapshots (taken);
