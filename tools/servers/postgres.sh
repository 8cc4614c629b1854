#!/usr/bin/env bash
# A PostgreSQL of this repository's own, for tests and for trying things out: loopback only, its own port and data, so
# that it disturbs no server that is there already. Needs no systemd.
#
#   tools/servers/postgres.sh start     install it if it is not there, start it, wait until it answers; again: nothing
#   tools/servers/postgres.sh stop      stop it; its data stay
#   tools/servers/postgres.sh status    whether it answers
#   tools/servers/postgres.sh env       the variables by which tests find it, as lines NAME=VALUE
#   tools/servers/postgres.sh wipe      stop it and delete its data
#   tools/servers/postgres.sh ask …     psql as its administrator, with the arguments that follow

set -euo pipefail

# Where its data lie, and its port. A second copy of the repository that runs tests at the same time sets both otherwise.
data=${GONGKAI_SERVERS_DIR:-/var/tmp/gongkai-servers}/postgres
port=${GONGKAI_POSTGRES_PORT:-25680}

user=gongkai
# Not a secret: whoever is on this machine may use this server, which holds nothing but what tests put there.
password=${GONGKAI_SERVERS_PASSWORD:-gongkai}
oldest=15

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

export LC_ALL=C.UTF-8

# The folder of the newest version's programs, if one is new enough. Debian keeps them off the path.
programs() {
    local folder version
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV) \
        "$(dirname "$(command -v pg_ctl 2>/dev/null || say /none/pg_ctl)")"; do
        [ -x "$folder/pg_ctl" ] && [ -x "$folder/initdb" ] || continue
        version=$("$folder/pg_ctl" --version | sed 's/.* \([0-9][0-9]*\).*/\1/')
        if [ "$version" -ge "$oldest" ]; then
            say "$folder"
            return
        fi
    done
    return 1
}

# Runs as the server's own user where this is root, which PostgreSQL refuses, else as whoever this is.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$data" && runuser -u postgres -- "$@")
    else
        (cd "$data" && "$@")
    fi
}

ask() { PGPASSWORD=$password PGCONNECT_TIMEOUT=5 "$bin/psql" -qXAt -h 127.0.0.1 -p "$port" -U "$user" "$@"; }

answers() {
    bin=$(programs) && [ "$(ask -d postgres -c 'SELECT 1' 2>/dev/null)" = 1 ]
}

install() {
    ! programs >/dev/null || return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        die "PostgreSQL $oldest or later is not there; install it, on Debian: apt-get install postgresql"
    say "installing PostgreSQL …"
    apt-get update -qq
    # The package makes and starts a server of its own where it can; this keeps it from that.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        say 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql >/dev/null
    programs >/dev/null || die "the package's PostgreSQL is older than $oldest"
}

create() {
    [ ! -f "$data/cluster/PG_VERSION" ] || return 0
    mkdir -p "$data"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$data"; fi
    as_server sh -c "umask 077; printf '%s' '$password' >'$data/password'"
    as_server "$bin/initdb" --pgdata="$data/new" --username="$user" --pwfile="$data/password" --auth=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 >"$data/initdb.log" 2>&1 ||
        die "PostgreSQL cannot make its data: $(cat "$data/initdb.log")"
    as_server sh -c "cat >>'$data/new/postgresql.conf'" <<TEXT

# Tests use many connections, and what they measure is durable.
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$data'
max_connections = 300
shared_buffers = 256MB
max_wal_size = 4GB
log_min_messages = fatal
TEXT
    # Complete or not there at all.
    as_server mv "$data/new" "$data/cluster"
}

# A server that was killed leaves its mark, and later somebody else may have its process number.
clear_mark() {
    local mark=$data/cluster/postmaster.pid pid
    [ -f "$mark" ] && [ -d /proc/self ] || return 0
    pid=$(head -n 1 "$mark")
    for _ in $(seq 50); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ] || break
        # Dead and not buried yet.
        ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null || break
        if answers; then return; fi
        sleep 0.2
    done
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != postgres ] ||
        grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null; then
        rm -f "$mark" "$data/.s.PGSQL.$port.lock"
    fi
}

start() {
    if answers; then return; fi
    install
    bin=$(programs)
    mkdir -p "$data"
    exec 9>"$data.lock"
    flock -w 60 9 || die "another process has been starting PostgreSQL for a minute"
    if answers; then return; fi
    as_server true 2>/dev/null || die "$data cannot be entered by the user postgres"
    [ -f "$data/cluster/PG_VERSION" ] || rm -rf "$data/new"
    create
    say "starting PostgreSQL on port $port …"
    # What was killed a moment ago may still hold its socket.
    for attempt in 1 2 3 4 5; do
        clear_mark
        if answers; then return; fi
        ! as_server "$bin/pg_ctl" --pgdata="$data/cluster" --log="$data/server.log" --options="-p $port" --timeout=60 \
            --wait start >"$data/start.log" 2>&1 9>&- || break
        [ "$attempt" -lt 5 ] ||
            die "PostgreSQL does not start: $(cat "$data/start.log"; tail -n 5 "$data/server.log")"
        sleep 2
    done
    answers || die "PostgreSQL does not answer on port $port; its log is $data/server.log"
}

stop() {
    [ -f "$data/cluster/postmaster.pid" ] || return 0
    bin=$(programs) || return 0
    as_server "$bin/pg_ctl" --pgdata="$data/cluster" --mode=fast --wait stop >/dev/null || die "PostgreSQL does not stop"
}

case ${1:-start} in
    start) start ;;
    stop) stop ;;
    status)
        if answers; then say "PostgreSQL answers on port $port"; else
            say "PostgreSQL does not answer on port $port"
            exit 1
        fi
        ;;
    env) say "GONGKAI_TEST_POSTGRES=postgres://$user:$password@127.0.0.1:$port/postgres" ;;
    ask)
        bin=$(programs) || die "PostgreSQL is not there"
        shift
        # Of two databases the later one counts.
        ask -d postgres "$@"
        ;;
    wipe)
        stop
        rm -rf "$data" "$data.lock"
        ;;
    *) die "usage: $0 [start|stop|status|env|wipe|ask]" ;;
esac
