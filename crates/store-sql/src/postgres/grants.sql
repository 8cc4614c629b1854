-- What each service may do, and nothing else. The owner of the tables runs it after every change of the schema, as
-- `gongkai prepare` does; the names in braces are those of the services' roles. A service that is not mentioned for a
-- table cannot even read it.

-- All of them: which schema it is, and how far the store is.
GRANT USAGE ON SCHEMA public TO {ingest}, {parser}, {query};
GRANT SELECT ON _sqlx_migrations, counters TO {ingest}, {parser}, {query};

-- Takes documents in, and announces what is due.
GRANT UPDATE ON counters TO {ingest};
GRANT USAGE ON SEQUENCE claims, numbers TO {ingest};
GRANT SELECT, INSERT, DELETE ON chunks TO {ingest};
GRANT SELECT, INSERT, UPDATE, DELETE ON stagings, outbox, request_ids TO {ingest};
GRANT SELECT, INSERT, UPDATE ON submissions TO {ingest};
GRANT SELECT, INSERT ON documents, document_names TO {ingest};
GRANT UPDATE (published, draft, came) ON documents TO {ingest};
GRANT SELECT, INSERT, DELETE ON pauses TO {ingest};
GRANT SELECT, INSERT ON batches TO {ingest};
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_refusals TO {ingest};

-- Takes what reviewers say: reads records, and adds those that they put right, with their changes of what is current.
GRANT SELECT, INSERT ON reviews TO {ingest};
GRANT SELECT, INSERT, UPDATE, DELETE ON review_requests TO {ingest};
GRANT UPDATE (end_cause, end_at, end_position) ON reviews TO {ingest};
GRANT SELECT, INSERT, UPDATE, DELETE ON overlays TO {ingest};
GRANT SELECT, INSERT ON layouts, rules, revisions, evidence, captures, findings TO {ingest};
GRANT SELECT, INSERT, UPDATE ON currents TO {ingest};
GRANT UPDATE (name) ON rules TO {ingest};

-- Takes in what other stores have given: moves what was sent before to where it belongs in the order, and notes what is here.
GRANT UPDATE (accepted) ON captures TO {ingest};
GRANT SELECT, INSERT, DELETE ON snapshots TO {ingest};

-- Reads documents and adds records. It makes no document and no submission, and takes nothing away but what it has
-- announced itself.
GRANT UPDATE ON counters TO {parser};
GRANT USAGE ON SEQUENCE numbers TO {parser};
GRANT SELECT ON chunks, documents, document_names, pauses TO {parser};
GRANT SELECT, UPDATE ON submissions TO {parser};
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO {parser};
GRANT SELECT, INSERT ON readings, layouts, rules, revisions, evidence, captures, findings TO {parser};
GRANT SELECT, INSERT, UPDATE ON currents TO {parser};
-- What is current depends on corrections that stand.
GRANT SELECT ON overlays TO {parser};
-- Its way of reading a rule's number back: the name is set to itself.
GRANT UPDATE (name) ON rules TO {parser};

-- Keeps the index of searches, and makes it anew where it is of an earlier version.
GRANT SELECT, INSERT, TRUNCATE ON search_documents, search_fingerprints TO {parser};
GRANT SELECT, INSERT, UPDATE ON search_state TO {parser};
-- Notes rank and kind of subjects where the version before has not.
GRANT UPDATE (subject_rank, subject_kind) ON revisions TO {parser};

-- Reads what is published and the documents behind it, and writes nothing at all.
GRANT SELECT ON chunks, documents, document_names, layouts, rules, revisions, evidence, captures, findings, currents,
    reviews, overlays, search_documents, search_fingerprints, search_state TO {query};
