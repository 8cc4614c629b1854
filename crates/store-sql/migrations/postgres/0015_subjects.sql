-- The rank and kind of the subject. Absent where a version wrote the row that does not note them, as the one before this one: then
-- the record tells, until whoever keeps the index of searches has noted them.
ALTER TABLE revisions ADD COLUMN subject_rank BIGINT, ADD COLUMN subject_kind BIGINT;
ALTER TABLE currents ADD COLUMN subject_rank BIGINT, ADD COLUMN subject_kind BIGINT;
