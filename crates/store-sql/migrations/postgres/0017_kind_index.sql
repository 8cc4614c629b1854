-- Reports whose subject is of a kind, of a year.
CREATE INDEX CONCURRENTLY currents_subject_kind ON currents (purpose, subject_kind, year);
