-- What is given with drafts is of kinds of its own, 3 and 4 instead of 1 and 2: it does not show in what is published.
INSERT INTO document_names (document, kind, value, ordinal)
SELECT document, kind, value, ordinal FROM (
    SELECT document, kind, value, row_number() OVER (PARTITION BY document, kind ORDER BY first) - 1 AS ordinal FROM (
        SELECT document, 3 AS kind, name AS value, min(accepted) AS first FROM submissions
        WHERE purpose = 2 AND name <> '' GROUP BY document, name
        UNION ALL
        SELECT document, 4 AS kind, source AS value, min(accepted) AS first FROM submissions
        WHERE purpose = 2 AND source <> '' GROUP BY document, source
    ) given
) given WHERE ordinal < 100;
DELETE FROM document_names WHERE kind <= 2
    AND EXISTS (SELECT 1 FROM submissions s WHERE s.document = document_names.document AND s.purpose = 2
        AND CASE document_names.kind WHEN 1 THEN s.name ELSE s.source END = document_names.value)
    AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.document = document_names.document AND s.purpose = 1
        AND CASE document_names.kind WHEN 1 THEN s.name ELSE s.source END = document_names.value);

-- The position at which a document came from another store, or was published by one; 0 where it did not.
ALTER TABLE documents ADD COLUMN came INTEGER NOT NULL DEFAULT 0;
