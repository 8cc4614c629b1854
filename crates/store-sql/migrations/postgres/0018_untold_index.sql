-- Rows that a version wrote that does not note rank and kind of the subject. It is empty where no such version writes.
CREATE INDEX CONCURRENTLY currents_untold ON currents (report) WHERE subject_rank IS NULL;
