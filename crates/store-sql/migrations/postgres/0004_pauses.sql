-- At most one row: while it is there, parsers begin nothing.
CREATE TABLE pauses (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    since  BIGINT NOT NULL,
    reason TEXT NOT NULL
);
