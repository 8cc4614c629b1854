#!/bin/sh
# Makes passwords, and from them the files that containers get as secrets: settings of each service with its own user of
# database and broker, and the administrators' passwords. Run again, it keeps the passwords that are there and writes the
# files anew.
#
#   deploy/secrets.sh [FOLDER]      FOLDER: deploy/secrets
#
#   GONGKAI_NAME=gongkai            of the database, the virtual host, and what their users' names begin with
#   GONGKAI_DB=db:5432              where the database is
#   GONGKAI_MQ=mq:5672              where the broker is
#
# FOLDER/passwords has them all, as lines NAME=VALUE; one that is written there before is used. Letters and digits only:
# they stand in addresses.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
name=${GONGKAI_NAME:-gongkai}
db=${GONGKAI_DB:-db:5432}
mq=${GONGKAI_MQ:-mq:5672}

# Only who made it gets into the folder. The files themselves may be read: inside a container their reader is another user,
# and engines mount them as they are.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

random() { od -An -N "$1" -t x1 /dev/urandom | tr -d ' \n'; }

touch "$folder/passwords"
for wanted in admin db_owner db_ingest db_parser db_query mq_owner mq_ingest mq_parser grafana; do
    grep -q "^$wanted=" "$folder/passwords" || printf '%s=%s\n' "$wanted" "$(random 24)" >>"$folder/passwords"
done
grep -q '^token_key=' "$folder/passwords" || printf 'token_key=%s\n' "$(random 32)" >>"$folder/passwords"
if grep -v '^[a-z_][a-z_]*=[0-9A-Za-z][0-9A-Za-z]*$' "$folder/passwords" >/dev/null; then
    echo "error: $folder/passwords has a line that is not NAME=LETTERS-AND-DIGITS" >&2
    exit 1
fi
# shellcheck disable=SC1091  (made above)
. "$folder/passwords"

printf '%s' "$admin" >"$folder/db-admin"
printf 'default_user = gongkai-admin\ndefault_pass = %s\n' "$admin" >"$folder/mq-admin.conf"
printf '%s' "$grafana" >"$folder/grafana-admin"

# Usage: settings FILE, with its lines on the standard input.
settings() { cat >"$folder/$1"; }

settings owner.toml <<TEXT
store = "postgres://${name}_owner:$db_owner@$db/$name"
queue = "amqp://$name-owner:$mq_owner@$mq/$name"
TEXT
settings ingest.toml <<TEXT
store = "postgres://${name}_ingest:$db_ingest@$db/$name"
queue = "amqp://$name-ingest:$mq_ingest@$mq/$name"
TEXT
settings parser.toml <<TEXT
store = "postgres://${name}_parser:$db_parser@$db/$name"
queue = "amqp://$name-parser:$mq_parser@$mq/$name"
TEXT
settings query.toml <<TEXT
store = "postgres://${name}_query:$db_query@$db/$name"
token-key = "$token_key"
TEXT
echo "the secrets are in $folder"
