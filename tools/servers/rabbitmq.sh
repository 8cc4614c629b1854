#!/usr/bin/env bash
# A RabbitMQ of this repository's own, for tests and for trying things out: loopback only, its own node name, ports and
# data, so that it disturbs no broker that is there already. Needs no systemd.
#
#   tools/servers/rabbitmq.sh start     install it if it is not there, start it, wait until it answers; again: nothing
#   tools/servers/rabbitmq.sh stop      stop it; its data stay
#   tools/servers/rabbitmq.sh status    whether it answers
#   tools/servers/rabbitmq.sh env       the variables by which tests find it, as lines NAME=VALUE
#   tools/servers/rabbitmq.sh wipe      stop it and delete its data
#
# For tests of what happens then:
#
#   tools/servers/rabbitmq.sh kill          end it without a word, as a crash does
#   tools/servers/rabbitmq.sh alarm on|off  let it believe that its memory is used up, so that it takes no messages

set -euo pipefail

# Where its data lie, and the first of its five ports. A second copy of the repository that runs tests at the same time
# sets both otherwise.
data=${GONGKAI_SERVERS_DIR:-/var/tmp/gongkai-servers}/rabbitmq
port=${GONGKAI_RABBITMQ_PORT:-25670}

tls_port=$((port + 1))
management_port=$((port + 2))
distribution_port=$((port + 3))
epmd_port=$((port + 4))
memory=1GB
user=gongkai
# Not a secret: whoever is on this machine may use this broker, which holds nothing but what tests put there.
password=${GONGKAI_SERVERS_PASSWORD:-gongkai}

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Where Debian puts the programs themselves; the ones on the path insist on a user of their own and on its folders.
programs=/usr/lib/rabbitmq/bin

export RABBITMQ_NODENAME=gongkai-$port@localhost
export RABBITMQ_MNESIA_BASE=$data/mnesia RABBITMQ_LOG_BASE=$data/log RABBITMQ_CONFIG_FILE=$data/rabbitmq.conf
export RABBITMQ_ENABLED_PLUGINS_FILE=$data/enabled_plugins RABBITMQ_CONF_ENV_FILE=$data/none
export RABBITMQ_DIST_PORT=$distribution_port RABBITMQ_PID_FILE=$data/pid HOME=$data
# A name server of its own: one that was started by others may listen on every address.
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$epmd_port
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
export LC_ALL=C.UTF-8

# Runs as the broker's own user where this is root, else as whoever this is.
as_broker() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$data" && runuser -u rabbitmq -- env HOME="$data" "$@")
    else
        (cd "$data" && "$@")
    fi
}

ask() { curl -fsS --max-time 5 -u "$user:$password" "http://127.0.0.1:$management_port/api/$1"; }

# It answers, its definitions are loaded, and its listeners are open.
answers() {
    ask overview 2>/dev/null | grep -q "\"port\":$port[,}]" &&
        ask "permissions/%2F/$user" 2>/dev/null | grep -q '"configure"'
}

install() {
    [ -x "$programs/rabbitmq-server" ] && command -v curl >/dev/null && command -v openssl >/dev/null && return
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        die "RabbitMQ is not there; install it, on Debian: apt-get install rabbitmq-server curl openssl"
    say "installing RabbitMQ …"
    apt-get update -qq
    # The package starts a broker of its own where it can; RUNLEVEL=1 keeps it from that.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        rabbitmq-server curl openssl >/dev/null
}

# A certificate authority and a certificate for localhost, for tests of TLS. They last as long as the data.
certificates() {
    [ -f "$data/tls/server.pem" ] && return
    mkdir -p "$data/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=gongkai-tests \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$data/tls/ca-key.pem" -out "$data/tls/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
        -keyout "$data/tls/server-key.pem" -out "$data/tls/server.csr" 2>/dev/null
    openssl x509 -req -in "$data/tls/server.csr" -CA "$data/tls/ca.pem" -CAkey "$data/tls/ca-key.pem" \
        -CAcreateserial -days 3650 -out "$data/tls/server.pem" 2>/dev/null -extfile - <<'TEXT'
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
TEXT
}

configure() {
    mkdir -p "$data/mnesia" "$data/log"
    certificates
    # Users and permissions come with the first boot: a call of rabbitmqctl for each would take a second.
    local salt hash
    salt=$(openssl rand -hex 4)
    hash=$( (printf '%s' "$salt" && printf '%s' "$salt$(printf '%s' "$password" | od -An -v -tx1 | tr -d ' \n')" |
        unhex | openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \n') | unhex | openssl base64 -A)
    cat >"$data/definitions.json" <<TEXT
{"users": [{"name": "$user", "password_hash": "$hash",
            "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "administrator"}],
 "vhosts": [{"name": "/"}],
 "permissions": [{"user": "$user", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}]}
TEXT
    cat >"$data/rabbitmq.conf" <<TEXT
listeners.tcp.1 = 127.0.0.1:$port
listeners.ssl.1 = 127.0.0.1:$tls_port
ssl_options.cacertfile = $data/tls/ca.pem
ssl_options.certfile = $data/tls/server.pem
ssl_options.keyfile = $data/tls/server-key.pem
ssl_options.verify = verify_none
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
vm_memory_high_watermark.absolute = $memory
disk_free_limit.absolute = 500MB
load_definitions = $data/definitions.json
TEXT
    say '[rabbitmq_management].' >"$data/enabled_plugins"
    if [ "$(id -u)" = 0 ]; then chown -R rabbitmq:rabbitmq "$data"; fi
}

# Hexadecimal digits to bytes, without xxd, which is not everywhere.
unhex() { sed 's/../\\x&/g' | xargs -0 printf '%b'; }

start() {
    if command -v curl >/dev/null && answers; then return; fi
    install
    configure
    say "starting RabbitMQ on port $port …"
    as_broker "$programs/rabbitmq-server" -detached >"$data/start.log" 2>&1 ||
        die "RabbitMQ does not start: $(cat "$data/start.log")"
    local attempt
    for attempt in $(seq 300); do
        if answers; then return; fi
        sleep 0.2
    done
    die "RabbitMQ does not answer after a minute; its log is in $data/log"
}

stop() {
    answers || return 0
    as_broker "$programs/rabbitmqctl" -q shutdown --timeout 60 || die "RabbitMQ does not stop"
    # Its name server serves nobody else.
    as_broker epmd -port "$epmd_port" -kill >/dev/null 2>&1 || true
}

crash() {
    local pid
    pid=$(cat "$RABBITMQ_PID_FILE") || die "RabbitMQ does not run"
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

# Usage: alarm on|off
alarm() {
    local bytes
    case ${1:-} in
        on) bytes=1 ;;
        off) bytes=$memory ;;
        *) die "usage: $0 alarm on|off" ;;
    esac
    as_broker "$programs/rabbitmqctl" -q set_vm_memory_high_watermark absolute "$bytes"
}

case ${1:-start} in
    start) start ;;
    stop) stop ;;
    status)
        if answers; then say "RabbitMQ answers on port $port"; else
            say "RabbitMQ does not answer on port $port"
            exit 1
        fi
        ;;
    env)
        say "GONGKAI_TEST_AMQP=amqp://$user:$password@127.0.0.1:$port/%2f"
        say "GONGKAI_TEST_AMQPS=amqps://$user:$password@localhost:$tls_port/%2f"
        say "GONGKAI_TEST_AMQP_ROOTS=$data/tls/ca.pem"
        say "GONGKAI_TEST_AMQP_MANAGEMENT=http://$user:$password@127.0.0.1:$management_port"
        ;;
    kill) crash ;;
    alarm) alarm "${2:-}" ;;
    wipe)
        stop
        rm -rf "$data"
        ;;
    *) die "usage: $0 [start|stop|status|env|wipe|kill|alarm]" ;;
esac
