-- What the failed attempt has taken: its time in microseconds, and by how many bytes its process grew; absent where nobody
-- knows, as of a worker that gave no sign. The receipt is that of the failure at the time beside it: a version that knows of none
-- may have the file in between, and leaves the receipt of the one before.
ALTER TABLE submissions ADD COLUMN failure_took INTEGER;
ALTER TABLE submissions ADD COLUMN failure_memory INTEGER;
ALTER TABLE submissions ADD COLUMN failure_receipt_at INTEGER;
