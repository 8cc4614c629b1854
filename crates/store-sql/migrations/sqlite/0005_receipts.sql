-- What the failed attempt has taken: its time in microseconds, and by how many bytes its process grew; absent where nobody
-- knows, as of a worker that gave no sign.
ALTER TABLE submissions ADD COLUMN failure_took INTEGER;
ALTER TABLE submissions ADD COLUMN failure_memory INTEGER;
