-- The store of a system of several processes. Identities are bytes (16 of a UUID, 32 of a SHA-256), times are
-- microseconds of UTC, enumerations are the numbers of gongkai_store::codes, absent texts are empty, every number has 64
-- bits. Texts of any length are found by their first hundred characters: an index holds no long ones.

-- One row: the order of all changes, the time that never runs backwards, and how much there is of what is bounded. Every
-- transaction that changes what these count locks it, so that positions are in the order of commits.
CREATE TABLE counters (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    position    BIGINT NOT NULL,
    time        BIGINT NOT NULL,
    outbox_rows BIGINT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO counters VALUES (1, 0, 0, 0);
CREATE SEQUENCE claims;
-- Numbers of blobs and revisions; a process takes a thousand at a time.
CREATE SEQUENCE numbers INCREMENT BY 1000;

-- Documents: compressed pieces of 256 KiB under a number, so that an upload becomes a document without being copied.
CREATE TABLE chunks (
    blob    BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    bytes   BYTEA NOT NULL,
    PRIMARY KEY (blob, ordinal)
) WITH (toast_tuple_target = 8160);
ALTER TABLE chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE stagings (
    id         BYTEA PRIMARY KEY,
    blob       BIGINT NOT NULL,
    -- What does not fill a chunk yet.
    tail       BYTEA NOT NULL,
    bytes      BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE INDEX stagings_touched ON stagings (touched_at);
CREATE TABLE documents (
    id          BYTEA PRIMARY KEY,
    blob        BIGINT NOT NULL,
    bytes       BIGINT NOT NULL,
    media_type  TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    published   BOOLEAN NOT NULL,
    draft       BOOLEAN NOT NULL
);
-- Kind 1: file names, kind 2: addresses.
CREATE TABLE document_names (
    document BYTEA NOT NULL,
    kind     BIGINT NOT NULL,
    ordinal  BIGINT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (document, kind, ordinal)
);

-- A request id is kept as the digest of caller and id.
CREATE TABLE request_ids (
    key        BYTEA PRIMARY KEY,
    digest     BYTEA NOT NULL,
    submission BYTEA NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX request_ids_at ON request_ids (at);

-- Submissions with their ledger.
CREATE TABLE submissions (
    -- The position at which it was accepted.
    accepted          BIGINT PRIMARY KEY,
    id                BYTEA NOT NULL UNIQUE,
    document          BYTEA NOT NULL,
    purpose           BIGINT NOT NULL,
    name              TEXT NOT NULL,
    source            TEXT NOT NULL,
    media_type        TEXT NOT NULL,
    epoch             BIGINT NOT NULL,
    state             BIGINT NOT NULL,
    attempts          BIGINT NOT NULL,
    next_attempt_at   BIGINT,
    failure_class     TEXT,
    failure_message   TEXT,
    failure_at        BIGINT,
    failure_attempt   BIGINT,
    rejection_reason  BIGINT,
    rejection_message TEXT,
    -- 20 bytes a report: its id, and its revision as a big-endian number.
    reports           BYTEA NOT NULL,
    accepted_at       BIGINT NOT NULL,
    changed_at        BIGINT NOT NULL,
    position          BIGINT NOT NULL,
    announced_at      BIGINT NOT NULL,
    fence             BIGINT NOT NULL,
    lease_until       BIGINT,
    lease_worker      TEXT
);
CREATE INDEX submissions_position ON submissions (position);
CREATE INDEX submissions_state ON submissions (state, accepted);
CREATE INDEX submissions_leased ON submissions (lease_until, accepted) WHERE lease_until IS NOT NULL;
CREATE INDEX submissions_announced ON submissions (announced_at, accepted) WHERE state IN (2, 3);
CREATE INDEX submissions_document ON submissions (document, accepted);

CREATE TABLE outbox (
    submission BYTEA PRIMARY KEY,
    epoch      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    claim      BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at, submission);

-- How the reading of a document by an extractor ended: what makes every effect happen once.
CREATE TABLE readings (
    document          BYTEA NOT NULL,
    purpose           BIGINT NOT NULL,
    extractor_version BIGINT NOT NULL,
    reports           BYTEA,
    rejection_reason  BIGINT,
    rejection_message TEXT,
    PRIMARY KEY (document, purpose, extractor_version)
);

-- Records: what the cells say in a small row, where it comes from in a blob of its own.
CREATE TABLE layouts (
    id    BYTEA PRIMARY KEY,
    bytes BYTEA NOT NULL
);
CREATE TABLE revisions (
    id                   BIGINT PRIMARY KEY,
    report               BYTEA NOT NULL,
    revision             BIGINT NOT NULL,
    cause                BIGINT NOT NULL,
    document             BYTEA NOT NULL,
    part                 BIGINT NOT NULL,
    extractor_version    BIGINT NOT NULL,
    digest               BYTEA NOT NULL,
    purpose              BIGINT NOT NULL,
    recorded_at          BIGINT NOT NULL,
    position             BIGINT NOT NULL,
    -- -1 where it is not known.
    year                 BIGINT NOT NULL,
    form                 BIGINT NOT NULL,
    region_name          TEXT NOT NULL,
    region_code          TEXT NOT NULL,
    issuer               TEXT NOT NULL,
    subject              TEXT NOT NULL,
    scope                BIGINT NOT NULL,
    title                TEXT NOT NULL,
    -- The day as a number, 20210228.
    published            BIGINT,
    findings_failing     BIGINT NOT NULL,
    figures_undetermined BIGINT NOT NULL,
    layout               BYTEA NOT NULL,
    figures              BYTEA NOT NULL,
    UNIQUE (report, revision)
);
CREATE TABLE evidence (
    revision_id BIGINT PRIMARY KEY,
    bytes       BYTEA NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE evidence ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- In which documents a revision was found.
CREATE TABLE captures (
    rowid             BIGINT GENERATED ALWAYS AS IDENTITY,
    report            BYTEA NOT NULL,
    revision          BIGINT NOT NULL,
    document          BYTEA NOT NULL,
    part              BIGINT NOT NULL,
    purpose           BIGINT NOT NULL,
    accepted          BIGINT NOT NULL,
    extractor_version BIGINT NOT NULL,
    position          BIGINT NOT NULL,
    at                BIGINT NOT NULL
);
CREATE INDEX captures_report ON captures (report, accepted);
CREATE INDEX captures_document ON captures (document, purpose, part, report);
CREATE INDEX captures_at ON captures (at, position);

-- Which revision was current from one position to before another, with what it is found by. The current one is open:
-- its end is the greatest number.
CREATE TABLE currents (
    report        BYTEA NOT NULL,
    from_position BIGINT NOT NULL,
    to_position   BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    revision_id   BIGINT NOT NULL,
    purpose       BIGINT NOT NULL,
    year          BIGINT NOT NULL,
    form          BIGINT NOT NULL,
    region_name   TEXT NOT NULL,
    region_code   TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    scope         BIGINT NOT NULL,
    PRIMARY KEY (report, from_position)
);
CREATE INDEX currents_changed ON currents (purpose, from_position, report);
CREATE INDEX currents_year ON currents (purpose, year, report);
CREATE INDEX currents_subject ON currents (purpose, substr(subject, 1, 100) COLLATE "C", year);
CREATE INDEX currents_issuer ON currents (purpose, substr(issuer, 1, 100) COLLATE "C", year);
CREATE INDEX currents_region_name ON currents (purpose, substr(region_name, 1, 100) COLLATE "C", year);
CREATE INDEX currents_region_code ON currents (purpose, substr(region_code, 1, 100) COLLATE "C", year);

-- What the findings that do not hold are found by. What they say, and what holds, is in the evidence.
CREATE TABLE rules (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE findings (
    revision_id BIGINT NOT NULL,
    ordinal     BIGINT NOT NULL,
    rule        BIGINT NOT NULL,
    outcome     BIGINT NOT NULL,
    severity    BIGINT NOT NULL,
    PRIMARY KEY (revision_id, ordinal)
);
