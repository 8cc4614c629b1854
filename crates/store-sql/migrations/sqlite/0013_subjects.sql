-- The rank and kind of the subject. Absent where a version wrote the row that did not note them: then the record tells, until
-- whoever keeps the index of searches has noted them.
ALTER TABLE revisions ADD COLUMN subject_rank INTEGER;
ALTER TABLE revisions ADD COLUMN subject_kind INTEGER;
ALTER TABLE currents ADD COLUMN subject_rank INTEGER;
ALTER TABLE currents ADD COLUMN subject_kind INTEGER;
CREATE INDEX currents_subject_rank ON currents (purpose, subject_rank, year);
CREATE INDEX currents_subject_kind ON currents (purpose, subject_kind, year);
CREATE INDEX currents_untold ON currents (report) WHERE subject_rank IS NULL;
