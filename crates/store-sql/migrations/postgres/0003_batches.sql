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
-- Its batch and its key there; null where it was sent alone. Both indexes know nothing of those.
ALTER TABLE submissions ADD COLUMN batch BYTEA;
ALTER TABLE submissions ADD COLUMN item TEXT COLLATE "C";
CREATE UNIQUE INDEX submissions_item ON submissions (batch, item) WHERE batch IS NOT NULL;
CREATE INDEX submissions_batch ON submissions (batch, state, position) WHERE batch IS NOT NULL;
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
