-- What requests of reviewers have come to, by their ids, so that a repetition gives the same answer. An answer is made of a revision, of the
-- reviews that were said (16 bytes each), and of the position up to which their ends were known.
CREATE TABLE review_requests (
    request_id TEXT PRIMARY KEY,
    digest     BYTEA NOT NULL,
    revision   BIGINT NOT NULL,
    said       BYTEA NOT NULL,
    position   BIGINT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX review_requests_at ON review_requests (at);
