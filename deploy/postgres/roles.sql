-- Roles and the database, made once by an administrator of PostgreSQL 15 or later. Run again, it only sets the passwords.
--
--   psql -v owner_password=… -v ingest_password=… -v parser_password=… -v query_password=… -f roles.sql
--
-- (To keep passwords off the command line, write `\set owner_password '…'` and so on into a file and `\i roles.sql` below.)
-- The owner makes the tables and says who may use them: `gongkai prepare --store postgres://gongkai_owner:…@…/gongkai
-- --ingest-role gongkai_ingest --parser-role gongkai_parser --query-role gongkai_query`. No service runs as the owner.

\set ON_ERROR_STOP on
-- Another system on the same server has another name: -v name=…
\if :{?name}
\else
    \set name gongkai
\endif
SELECT :'name' || '_owner' AS owner, :'name' || '_ingest' AS ingest, :'name' || '_parser' AS parser,
    :'name' || '_query' AS query \gset

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role)
FROM unnest(ARRAY[:'owner', :'ingest', :'parser', :'query']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

ALTER ROLE :"owner" PASSWORD :'owner_password';
ALTER ROLE :"ingest" PASSWORD :'ingest_password';
ALTER ROLE :"parser" PASSWORD :'parser_password';
ALTER ROLE :"query" PASSWORD :'query_password';

-- Connections that a service may have, over all its processes: one that runs wild does not take everyone's.
ALTER ROLE :"ingest" CONNECTION LIMIT 60;
ALTER ROLE :"parser" CONNECTION LIMIT 60;
ALTER ROLE :"query" CONNECTION LIMIT 60;
-- It has no right to write either; this says so before a statement is even planned.
ALTER ROLE :"query" SET default_transaction_read_only = on;

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', :'name', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec

-- Nobody else has business here.
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"ingest", :"parser", :"query";
