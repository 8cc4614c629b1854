-- The revision beneath the corrections that stand after a review, 0 where no review stands. Absent where it was not noted, as by
-- the version before this one: then it follows from the other rows of the report.
ALTER TABLE captures ADD COLUMN base BIGINT;
