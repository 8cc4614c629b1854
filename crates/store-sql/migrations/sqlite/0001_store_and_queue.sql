-- The store and the queue of an embedded system. Identities are bytes (16 of a UUID, 32 of a SHA-256), times are
-- microseconds of UTC, enumerations are the numbers of gongkai_store::codes, absent texts are empty.

-- One row: the order of all changes, the time that never runs backwards, and how much there is of what is bounded.
CREATE TABLE counters (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    position       INTEGER NOT NULL,
    time           INTEGER NOT NULL,
    claims         INTEGER NOT NULL,
    blobs          INTEGER NOT NULL,
    outbox_rows    INTEGER NOT NULL,
    queue_messages INTEGER NOT NULL
);
INSERT INTO counters VALUES (1, 0, 0, 0, 0, 0, 0);

-- Documents: compressed pieces of 256 KiB under a number, so that an upload becomes a document without being copied.
CREATE TABLE chunks (
    blob    INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    PRIMARY KEY (blob, ordinal)
);
CREATE TABLE stagings (
    id         BLOB PRIMARY KEY,
    blob       INTEGER NOT NULL,
    -- What does not fill a chunk yet.
    tail       BLOB NOT NULL,
    bytes      INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
);
CREATE INDEX stagings_touched ON stagings (touched_at);
CREATE TABLE documents (
    id          BLOB PRIMARY KEY,
    blob        INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    media_type  TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    published   INTEGER NOT NULL,
    draft       INTEGER NOT NULL
);
-- Kind 1: file names, kind 2: addresses.
CREATE TABLE document_names (
    document BLOB NOT NULL,
    kind     INTEGER NOT NULL,
    value    TEXT NOT NULL,
    ordinal  INTEGER NOT NULL,
    PRIMARY KEY (document, kind, value)
) WITHOUT ROWID;

CREATE TABLE request_ids (
    caller     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    digest     BLOB NOT NULL,
    submission BLOB NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (caller, request_id)
) WITHOUT ROWID;
CREATE INDEX request_ids_at ON request_ids (at);

-- Submissions with their ledger.
CREATE TABLE submissions (
    -- The position at which it was accepted.
    accepted          INTEGER PRIMARY KEY,
    id                BLOB NOT NULL UNIQUE,
    document          BLOB NOT NULL,
    purpose           INTEGER NOT NULL,
    name              TEXT NOT NULL,
    source            TEXT NOT NULL,
    media_type        TEXT NOT NULL,
    epoch             INTEGER NOT NULL,
    state             INTEGER NOT NULL,
    attempts          INTEGER NOT NULL,
    next_attempt_at   INTEGER,
    failure_class     TEXT,
    failure_message   TEXT,
    failure_at        INTEGER,
    failure_attempt   INTEGER,
    rejection_reason  INTEGER,
    rejection_message TEXT,
    -- 20 bytes a report: its id, and its revision as a big-endian number.
    reports           BLOB NOT NULL,
    accepted_at       INTEGER NOT NULL,
    changed_at        INTEGER NOT NULL,
    position          INTEGER NOT NULL,
    announced_at      INTEGER NOT NULL,
    fence             INTEGER NOT NULL,
    lease_until       INTEGER,
    lease_worker      TEXT
);
CREATE INDEX submissions_position ON submissions (position);
CREATE INDEX submissions_state ON submissions (state, accepted);
CREATE INDEX submissions_leased ON submissions (lease_until, accepted) WHERE lease_until IS NOT NULL;
CREATE INDEX submissions_announced ON submissions (announced_at, accepted) WHERE state IN (2, 3);
CREATE INDEX submissions_document ON submissions (document, accepted);

CREATE TABLE outbox (
    submission BLOB PRIMARY KEY,
    epoch      INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    claim      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at, submission);

-- How the reading of a document by an extractor ended: what makes every effect happen once.
CREATE TABLE readings (
    document          BLOB NOT NULL,
    purpose           INTEGER NOT NULL,
    extractor_version INTEGER NOT NULL,
    reports           BLOB,
    rejection_reason  INTEGER,
    rejection_message TEXT,
    PRIMARY KEY (document, purpose, extractor_version)
) WITHOUT ROWID;

-- Records: what the cells say in a small row, where it comes from in a blob of its own.
CREATE TABLE layouts (
    id    BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE revisions (
    id                   INTEGER PRIMARY KEY,
    report               BLOB NOT NULL,
    revision             INTEGER NOT NULL,
    cause                INTEGER NOT NULL,
    document             BLOB NOT NULL,
    part                 INTEGER NOT NULL,
    extractor_version    INTEGER NOT NULL,
    digest               BLOB NOT NULL,
    purpose              INTEGER NOT NULL,
    recorded_at          INTEGER NOT NULL,
    position             INTEGER NOT NULL,
    -- -1 where it is not known.
    year                 INTEGER NOT NULL,
    form                 INTEGER NOT NULL,
    region_name          TEXT NOT NULL,
    region_code          TEXT NOT NULL,
    issuer               TEXT NOT NULL,
    subject              TEXT NOT NULL,
    scope                INTEGER NOT NULL,
    title                TEXT NOT NULL,
    -- The day as a number, 20210228.
    published            INTEGER,
    findings_failing     INTEGER NOT NULL,
    figures_undetermined INTEGER NOT NULL,
    layout               BLOB NOT NULL,
    figures              BLOB NOT NULL,
    UNIQUE (report, revision)
);
CREATE TABLE evidence (
    revision_id INTEGER PRIMARY KEY,
    bytes       BLOB NOT NULL
);

-- In which documents a revision was found.
CREATE TABLE captures (
    report            BLOB NOT NULL,
    revision          INTEGER NOT NULL,
    document          BLOB NOT NULL,
    part              INTEGER NOT NULL,
    purpose           INTEGER NOT NULL,
    accepted          INTEGER NOT NULL,
    extractor_version INTEGER NOT NULL,
    position          INTEGER NOT NULL,
    at                INTEGER NOT NULL
);
CREATE INDEX captures_report ON captures (report, accepted);
CREATE INDEX captures_document ON captures (document, purpose, part, report);
CREATE INDEX captures_at ON captures (at, position);

-- Which revision was current from one position to before another, with what it is found by. The current one is open:
-- its end is the greatest number.
CREATE TABLE currents (
    report        BLOB NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    revision_id   INTEGER NOT NULL,
    purpose       INTEGER NOT NULL,
    year          INTEGER NOT NULL,
    form          INTEGER NOT NULL,
    region_name   TEXT NOT NULL,
    region_code   TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    scope         INTEGER NOT NULL,
    PRIMARY KEY (report, from_position)
) WITHOUT ROWID;
CREATE INDEX currents_changed ON currents (purpose, from_position, report);
CREATE INDEX currents_year ON currents (purpose, year, report);
CREATE INDEX currents_subject ON currents (purpose, subject, year);
CREATE INDEX currents_issuer ON currents (purpose, issuer, year);
CREATE INDEX currents_region_name ON currents (purpose, region_name, year);
CREATE INDEX currents_region_code ON currents (purpose, region_code, year);

-- What the findings that do not hold are found by. What they say, and what holds, is in the evidence.
CREATE TABLE rules (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE findings (
    revision_id INTEGER NOT NULL,
    ordinal     INTEGER NOT NULL,
    rule        INTEGER NOT NULL,
    outcome     INTEGER NOT NULL,
    severity    INTEGER NOT NULL,
    PRIMARY KEY (revision_id, ordinal)
) WITHOUT ROWID;

-- The queue. A message that is with a receiver has a time at which it comes back.
CREATE TABLE queue_messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    priority        INTEGER NOT NULL,
    submissions     BLOB NOT NULL,
    receipt         INTEGER NOT NULL,
    delivered_until INTEGER
);
CREATE INDEX queue_messages_waiting ON queue_messages (priority DESC, id) WHERE delivered_until IS NULL;
CREATE INDEX queue_messages_delivered ON queue_messages (delivered_until) WHERE delivered_until IS NOT NULL;
