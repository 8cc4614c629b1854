-- The trace that a submission was accepted in, so that the work on it continues it: `traceparent`, and `tracestate` behind a
-- space where there is one; empty where nobody is traced.
ALTER TABLE submissions ADD COLUMN trace TEXT NOT NULL DEFAULT '';
