-- At most one row: while it is there, parsers begin nothing.
CREATE TABLE pauses (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    since  INTEGER NOT NULL,
    reason TEXT NOT NULL
);
