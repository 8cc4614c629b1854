-- Reports whose subject has a rank, of a year.
CREATE INDEX CONCURRENTLY currents_subject_rank ON currents (purpose, subject_rank, year);
