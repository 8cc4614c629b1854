#!/bin/sh
# The virtual host and its users, made once by an administrator of RabbitMQ 3.10 or later, over its management interface.
# Run again, it only sets the passwords. It needs curl.
#
#   GONGKAI_MQ_MANAGEMENT=http://mq:15672 GONGKAI_MQ_ADMIN=admin:… \
#   GONGKAI_MQ_OWNER_PASSWORD=… GONGKAI_MQ_INGEST_PASSWORD=… GONGKAI_MQ_PARSER_PASSWORD=… deploy/rabbitmq/users.sh
#
# The same by hand, on the broker's machine:
#
#   rabbitmqctl add_vhost gongkai
#   rabbitmqctl add_user "$name-owner" …     # makes exchange and queues: `gongkai prepare`. No service runs as it.
#   rabbitmqctl add_user "$name-ingest" …    # publishes, and looks how much waits
#   rabbitmqctl add_user "$name-parser" …    # receives
#   name='^gongkai[.]submissions'
#   rabbitmqctl set_permissions -p gongkai gongkai-owner  "$name" "$name" "$name"
#   rabbitmqctl set_permissions -p gongkai gongkai-ingest '^$' '^gongkai[.]submissions$' '^$'
#   rabbitmqctl set_permissions -p gongkai gongkai-parser '^$' '^$' '^gongkai[.]submissions[.]'

set -eu

management=${GONGKAI_MQ_MANAGEMENT:?}
admin=${GONGKAI_MQ_ADMIN:?}
# Another system on the same broker has another name.
name=${GONGKAI_MQ_NAME:-gongkai}

# Usage: put PATH JSON. What is secret goes by the standard input, which no list of processes shows.
put() {
    curl --fail --silent --show-error --max-time 10 --retry 30 --retry-delay 1 --retry-all-errors --output /dev/null \
        --config - --request PUT --header 'content-type: application/json' "$management/api/$1" <<TEXT
user = "$admin"
data = "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')"
TEXT
}

# Usage: user NAME PASSWORD CONFIGURE WRITE READ
user() {
    put "users/$1" "{\"password\": \"$2\", \"tags\": \"\"}"
    put "permissions/$name/$1" "{\"configure\": \"$3\", \"write\": \"$4\", \"read\": \"$5\"}"
}

put "vhosts/$name" '{}'
user "$name-owner" "${GONGKAI_MQ_OWNER_PASSWORD:?}" \
    '^gongkai[.]submissions' '^gongkai[.]submissions' '^gongkai[.]submissions'
user "$name-ingest" "${GONGKAI_MQ_INGEST_PASSWORD:?}" '^$' '^gongkai[.]submissions$' '^$'
user "$name-parser" "${GONGKAI_MQ_PARSER_PASSWORD:?}" '^$' '^$' '^gongkai[.]submissions[.]'
