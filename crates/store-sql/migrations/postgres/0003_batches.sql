-- Documents that were sent together. Nothing is counted here: what became of the items is counted by an index when somebody
-- asks, so that the end of a submission costs nothing for being one of many.
CREATE TABLE batches (
    id             BYTEA PRIMARY KEY,
    caller         TEXT NOT NULL,
    title          TEXT NOT NULL,
    -- 0 where it is not known.
    items_expected BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    -- The position at which it was made.
    position       BIGINT NOT NULL
);
CREATE INDEX batches_position ON batches (position);
-- Its batch and its key there; null where it was sent alone. Their indexes are built later, beside those who write.
ALTER TABLE submissions ADD COLUMN batch BYTEA, ADD COLUMN item TEXT COLLATE "C";
-- Items that were not taken. One that is accepted later is taken out.
CREATE TABLE batch_refusals (
    batch    BYTEA NOT NULL,
    item     TEXT COLLATE "C" NOT NULL,
    name     TEXT NOT NULL,
    reason   BIGINT NOT NULL,
    message  TEXT NOT NULL,
    at       BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (batch, item)
);
CREATE INDEX batch_refusals_position ON batch_refusals (batch, position);
