-- One item for each key of a batch. It knows nothing of what was sent alone.
CREATE UNIQUE INDEX CONCURRENTLY submissions_item ON submissions (batch, item) WHERE batch IS NOT NULL;
