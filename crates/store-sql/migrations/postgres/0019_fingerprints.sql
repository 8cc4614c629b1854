-- Fingerprints of the narratives of the index's documents, so that reports with the same words are found. Of each fingerprint, the
-- documents that had it first: what very many have is no sign of a copy.
CREATE TABLE search_fingerprints (
    fingerprint BIGINT NOT NULL,
    number      BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, number)
);
