-- How urgent it is that a document is read: 1 low, 2 normal, 3 high. What is due is taken by it, and the longest due first.
ALTER TABLE submissions ADD COLUMN priority INTEGER NOT NULL DEFAULT 2;
ALTER TABLE outbox ADD COLUMN priority INTEGER NOT NULL DEFAULT 2;
CREATE INDEX outbox_urgent ON outbox (priority, due_at, submission);
