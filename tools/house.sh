#!/usr/bin/env bash
# The whole system on this machine: PostgreSQL, RabbitMQ and the three services, each a process of its own, with ports,
# data, roles and passwords of their own. Needs no systemd; `./dev up`, `./dev down` and `./dev status` call it.
#
#   tools/house.sh up GONGKAI     start what does not run, wait until it is ready, say where it is; again: nothing
#   tools/house.sh down [--wipe]  stop what runs, services first; data stay, unless --wipe removes them
#   tools/house.sh status         what runs, whether it is ready, where it is, its log, and how much waits
#
# It only ever ends processes that it has started.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything it keeps, and the first of its ports: ingest, parser and query, each with a page for monitoring ten above.
home=${GONGKAI_UP_DIR:-/var/tmp/gongkai-up}
port=${GONGKAI_UP_PORT:-7411}
export GONGKAI_SERVERS_DIR=$home/servers
export GONGKAI_POSTGRES_PORT=${GONGKAI_UP_POSTGRES_PORT:-27480} GONGKAI_RABBITMQ_PORT=${GONGKAI_UP_RABBITMQ_PORT:-27470}
services=(ingest parser query)

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Usage: port_of SERVICE
port_of() {
    case $1 in
        ingest) say "$port" ;;
        parser) say $((port + 1)) ;;
        query) say $((port + 2)) ;;
    esac
}

# Usage: monitor_of SERVICE
monitor_of() { say $(($(port_of "$1") + 10)); }

# Usage: page SERVICE PATH: a page of its monitor, whatever its status.
page() { curl -sS --max-time 5 "http://127.0.0.1:$(monitor_of "$1")/$2" 2>/dev/null; }

# ---- Processes: known by number and by when they began, since a number may be somebody else's later ----

# Usage: began NUMBER. Nothing where there is no such process, or only its remains.
began() {
    [ -r "/proc/$1/stat" ] || return 0
    # The name of the program may hold anything but ends at the last bracket.
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" {print $20}'
}

# Usage: number_of SERVICE. Fails where the process that was started does not run any more.
number_of() {
    local number start
    read -r number start 2>/dev/null <"$home/$1.pid" || return 1
    [ -n "$start" ] && [ "$(began "$number")" = "$start" ] || return 1
    say "$number"
}

# ---- Up ----

secret() { od -An -N 24 -t x1 /dev/urandom | tr -d ' \n'; }

# Passwords are made once and known to whoever may read this file.
passwords() {
    if [ ! -f "$home/passwords" ]; then
        (
            umask 077
            local name
            for name in admin db_owner db_ingest db_parser db_query mq_owner mq_ingest mq_parser; do
                say "$name=$(secret)"
            done >"$home/passwords.new"
            say "token_key=$(secret)$(secret | head -c 16)" >>"$home/passwords.new"
            mv "$home/passwords.new" "$home/passwords"
        )
    fi
    # shellcheck disable=SC1091  (made above)
    . "$home/passwords"
    export GONGKAI_SERVERS_PASSWORD=$admin
}

database() { say "postgres://gongkai_$1:$2@127.0.0.1:$GONGKAI_POSTGRES_PORT/gongkai"; }

broker() { say "amqp://gongkai-$1:$2@127.0.0.1:$GONGKAI_RABBITMQ_PORT/gongkai"; }

# Roles, users and tables. All of it again changes nothing.
prepare() {
    say "seeing to roles, users and tables …"
    PGHOST=127.0.0.1 PGPORT=$GONGKAI_POSTGRES_PORT PGUSER=gongkai GONGKAI_PASSWORDS=$home/passwords \
        GONGKAI_MQ_HOST=127.0.0.1 GONGKAI_MQ_PORT=$GONGKAI_RABBITMQ_PORT GONGKAI_MQ_ADMIN=gongkai \
        GONGKAI_MQ_MANAGEMENT_PORT=$((GONGKAI_RABBITMQ_PORT + 2)) "$root/deploy/prepare.sh" "$gongkai" >/dev/null
}

# Usage: begin SERVICE
begin() {
    local service=$1 number start queue=
    case $service in
        ingest) export GONGKAI_STORE=$(database ingest "$db_ingest") queue=$(broker ingest "$mq_ingest") ;;
        parser) export GONGKAI_STORE=$(database parser "$db_parser") queue=$(broker parser "$mq_parser") ;;
        query) export GONGKAI_STORE=$(database query "$db_query") ;;
    esac
    unset GONGKAI_QUEUE
    [ -z "$queue" ] || export GONGKAI_QUEUE=$queue
    say "starting $service …"
    # A session of its own: Ctrl+C in this terminal is not meant for it.
    GONGKAI_TOKEN_KEY=$token_key setsid "$gongkai" serve "$service" \
        --listen "127.0.0.1:$(port_of "$service")" --monitor "127.0.0.1:$(monitor_of "$service")" \
        --store-schema expect --queue-topology expect </dev/null >"$home/$service.out" 2>>"$home/$service.log" 9>&- &
    number=$!
    disown "$number"
    start=$(began "$number")
    say "$number $start" >"$home/$service.pid"
}

# Usage: await SERVICE
await() {
    local service=$1
    for _ in $(seq 300); do
        [ "$(page "$service" readyz)" != ready ] || return 0
        number_of "$service" >/dev/null || die "$service has ended: $(tail -n 3 "$home/$service.log")"
        sleep 0.2
    done
    die "$service is not ready after a minute: $(page "$service" readyz || say 'it does not answer'); its log is $home/$service.log"
}

lock() {
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock -w 300 9 || die "another ./dev up or down has been at work for five minutes"
}

up() {
    local service running=()
    lock
    passwords
    "$root/tools/servers/postgres.sh" start 9>&-
    "$root/tools/servers/rabbitmq.sh" start 9>&-
    for service in "${services[@]}"; do
        number_of "$service" >/dev/null || running+=("$service")
    done
    if [ ${#running[@]} -gt 0 ]; then
        # Beside the repository's builds: a later build must not change a program that runs.
        install -m 755 "$gongkai" "$home/gongkai.new" && mv "$home/gongkai.new" "$home/gongkai"
        gongkai=$home/gongkai
        prepare
        for service in "${running[@]}"; do begin "$service"; done
    fi
    for service in "${services[@]}"; do await "$service"; done
    say
    status || true
    cat <<TEXT

What to try next ($home/gongkai is the program):
  export PATH=$home:\$PATH
  gongkai submit tests/corpus                                        send the sample reports to ingest
  gongkai report list --server http://127.0.0.1:$(port_of query)                what query serves
  gongkai dead list                                                  what was given up
  curl -s http://127.0.0.1:$(monitor_of parser)/metrics                         what the parser tells Prometheus
  ./dev status                                                       what runs, and how much waits
  ./dev down                                                         stop everything; data stay
TEXT
    [ "$port" = 7411 ] || say "Ingest is not at the usual address: export GONGKAI_SERVER=http://127.0.0.1:$(port_of ingest)"
}

# ---- Down ----

# Usage: end SERVICE
end() {
    local service=$1 number
    if number=$(number_of "$service"); then
        say "stopping $service …"
        kill -TERM "$number"
        for _ in $(seq 150); do
            number_of "$service" >/dev/null || break
            sleep 0.1
        done
        ! number_of "$service" >/dev/null || die "$service (process $number) does not end within 15 s"
    fi
    rm -f "$home/$service.pid"
}

down() {
    [ -d "$home" ] || {
        say "nothing runs"
        return
    }
    lock
    passwords
    local service
    # What gives work ends first.
    for service in "${services[@]}"; do end "$service"; done
    if [ "${1:-}" = --wipe ]; then
        "$root/tools/servers/rabbitmq.sh" wipe
        "$root/tools/servers/postgres.sh" wipe
        rm -rf "$home"
        say "everything is stopped and removed"
    else
        "$root/tools/servers/rabbitmq.sh" stop
        "$root/tools/servers/postgres.sh" stop
        say "everything is stopped; its data are in $home"
    fi
}

# ---- Status ----

# Usage: line NAME STATE ADDRESS LOG
line() { printf '%-11s %-34s %-28s %s\n' "$@"; }

# Usage: server NAME SCRIPT ADDRESS LOG
server() {
    local state='does not answer'
    if "$root/tools/servers/$2.sh" status >/dev/null 2>&1; then state=ready; else failed=1; fi
    line "$1" "$state" "$3" "$4"
}

# How much waits, in words. Asked of the database: the truth, whether the services run or not.
backlog() {
    "$root/tools/servers/postgres.sh" ask -d gongkai -f - <<'SQL' 2>/dev/null
SELECT format('waiting      %s to be announced, %s announced, %s in work or between attempts; %s given up',
    (SELECT outbox_rows FROM counters), (SELECT count(*) FROM submissions WHERE state = 2),
    (SELECT count(*) FROM submissions WHERE state = 3), (SELECT count(*) FROM submissions WHERE state = 6));
SELECT format('oldest       waits for %s', justify_interval(date_trunc('second', now() - to_timestamp(min(accepted_at) / 1000000.0))))
FROM submissions WHERE state IN (1, 2, 3) HAVING min(accepted_at) IS NOT NULL;
SQL
}

status() {
    local service number state failed=0
    [ -f "$home/passwords" ] || {
        say "nothing was started here; ./dev up does"
        return 1
    }
    passwords
    server PostgreSQL postgres "127.0.0.1:$GONGKAI_POSTGRES_PORT" "$GONGKAI_SERVERS_DIR/postgres/server.log"
    server RabbitMQ rabbitmq "127.0.0.1:$GONGKAI_RABBITMQ_PORT" "$GONGKAI_SERVERS_DIR/rabbitmq/log"
    for service in "${services[@]}"; do
        if number=$(number_of "$service"); then
            state=$(page "$service" readyz) || state='does not answer'
            [ "$state" = ready ] || failed=1
            state="$state (process $number)"
        elif [ -f "$home/$service.pid" ]; then
            state='has died; ./dev up starts it'
            failed=1
        else
            state='does not run'
            failed=1
        fi
        line "$service" "$state" "http://127.0.0.1:$(port_of "$service")" "$home/$service.log"
    done
    backlog || say "waiting      not known: the database does not answer"
    return $failed
}

case ${1:-} in
    up)
        gongkai=${2:?the program}
        up
        ;;
    down) down "${2:-}" ;;
    status) status ;;
    *) die "usage: $0 up GONGKAI | down [--wipe] | status" ;;
esac
