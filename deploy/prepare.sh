#!/bin/sh
# Everything that an administrator does before the first start and after each update: roles and the database, virtual host
# and users, then tables, exchange and queues. Run again, it changes nothing. It needs psql, curl and the program.
#
#   deploy/prepare.sh GONGKAI       the program
#
#   GONGKAI_PASSWORDS=FILE          passwords, as deploy/secrets.sh makes them
#   GONGKAI_NAME=gongkai            of the database, the virtual host, and what their users' names begin with
#   PGHOST=db PGPORT=5432           where the database is, and its administrator
#   PGUSER=postgres
#   GONGKAI_MQ_HOST=mq              where the broker is, its ports for messages and for its management, and its
#   GONGKAI_MQ_PORT=5672            administrator
#   GONGKAI_MQ_MANAGEMENT_PORT=15672
#   GONGKAI_MQ_ADMIN=gongkai-admin

set -eu

here=$(cd "$(dirname "$0")" && pwd)
gongkai=${1:?the program}
name=${GONGKAI_NAME:-gongkai}
export PGHOST="${PGHOST:-db}" PGPORT="${PGPORT:-5432}" PGUSER="${PGUSER:-postgres}" PGCONNECT_TIMEOUT=10
mq=${GONGKAI_MQ_HOST:-mq}

# shellcheck disable=SC1090  (the passwords)
. "${GONGKAI_PASSWORDS:?}"

# By the standard input: what stands on a command line is seen by everyone on the machine.
{
    printf '\\set name %s\n' "$name"
    printf "\\\\set %s_password '%s'\n" owner "$db_owner" ingest "$db_ingest" parser "$db_parser" query "$db_query"
    cat "$here/postgres/roles.sql"
} | PGPASSWORD=$admin psql -qX -d postgres -f - >/dev/null

GONGKAI_MQ_NAME=$name GONGKAI_MQ_ADMIN=${GONGKAI_MQ_ADMIN:-gongkai-admin}:$admin \
    GONGKAI_MQ_MANAGEMENT=http://$mq:${GONGKAI_MQ_MANAGEMENT_PORT:-15672} \
    GONGKAI_MQ_OWNER_PASSWORD=$mq_owner GONGKAI_MQ_INGEST_PASSWORD=$mq_ingest GONGKAI_MQ_PARSER_PASSWORD=$mq_parser \
    "$here/rabbitmq/users.sh"

GONGKAI_STORE=postgres://${name}_owner:$db_owner@$PGHOST:$PGPORT/$name \
    GONGKAI_QUEUE=amqp://$name-owner:$mq_owner@$mq:${GONGKAI_MQ_PORT:-5672}/$name \
    "$gongkai" prepare --ingest-role "${name}_ingest" --parser-role "${name}_parser" --query-role "${name}_query"
