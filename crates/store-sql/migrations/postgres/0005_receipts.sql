-- What the failed attempt has taken: its time in microseconds, and by how many bytes its process grew; absent where nobody
-- knows, as of a worker that gave no sign. The receipt is that of the failure at the time beside it: a version that knows of none
-- writes failures beside this one, and leaves the receipt of the one before.
ALTER TABLE submissions ADD COLUMN failure_took BIGINT, ADD COLUMN failure_memory BIGINT,
    ADD COLUMN failure_receipt_at BIGINT;
