-- The items of a batch by what became of them. It knows nothing of what was sent alone.
CREATE INDEX CONCURRENTLY submissions_batch ON submissions (batch, state, position) WHERE batch IS NOT NULL;
