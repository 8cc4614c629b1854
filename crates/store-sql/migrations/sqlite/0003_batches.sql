-- Documents that were sent together. Nothing is counted here: what became of the items is counted by an index when somebody
-- asks, so that the end of a submission costs nothing for being one of many.
CREATE TABLE batches (
    id             BLOB PRIMARY KEY,
    caller         TEXT NOT NULL,
    title          TEXT NOT NULL,
    -- 0 where it is not known.
    items_expected INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    -- The position at which it was made.
    position       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX batches_position ON batches (position);
-- Its batch and its key there; null where it was sent alone. Both indexes know nothing of those.
ALTER TABLE submissions ADD COLUMN batch BLOB;
ALTER TABLE submissions ADD COLUMN item TEXT;
CREATE UNIQUE INDEX submissions_item ON submissions (batch, item) WHERE batch IS NOT NULL;
CREATE INDEX submissions_batch ON submissions (batch, state, position) WHERE batch IS NOT NULL;
-- Items that were not taken. One that is accepted later is taken out.
CREATE TABLE batch_refusals (
    batch    BLOB NOT NULL,
    item     TEXT NOT NULL,
    name     TEXT NOT NULL,
    reason   INTEGER NOT NULL,
    message  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (batch, item)
) WITHOUT ROWID;
CREATE INDEX batch_refusals_position ON batch_refusals (batch, position);
