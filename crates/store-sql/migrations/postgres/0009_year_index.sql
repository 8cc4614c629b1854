-- The reports of a year in the order of their positions, page by page: statistics and exports go through whole years.
CREATE INDEX CONCURRENTLY currents_year_changed ON currents (purpose, year, from_position, report);
