#!/bin/sh
# A throwaway PostgreSQL server that lives exactly as long as its caller.
#
#   postgres.sh         start a server on a free port, print that port, stop when stdin closes
#   postgres.sh find    print the directory of the server's programs, or exit 3 if there are none
#
# The caller keeps the other end of stdin open. The kernel closes it when the caller ends, however that happens, so a failed,
# aborted or killed test run leaves neither a server nor its files behind. What the caller may write there, a line each: `stop`
# ends the server at once, `start` starts it again. The word is printed when that is done.
set -eu

find_server() {
    {
        path=$(command -v postgres) && dirname "$path" || :
        pg_config --bindir 2>/dev/null || :
        # Debian, then Red Hat, then Homebrew; newest first.
        ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
            /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV || :
    } | while read -r dir; do
        if [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ]; then
            echo "$dir"
            break
        fi
    done
}

bin=$(find_server)
[ -n "$bin" ] || exit 3
if [ "${1:-}" = find ]; then
    echo "$bin"
    exit
fi

# Copying a template takes 20 ms in memory and ten times that on a slow disk. Hundreds of tests fit into 4 GB.
tmp=${TMPDIR:-/tmp}
memory=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')

# PostgreSQL refuses to run as root.
as_user=
if [ "$(id -u)" = 0 ]; then
    if id postgres >/dev/null 2>&1; then user=postgres; else user=nobody; fi
    if command -v setpriv >/dev/null; then
        as_user="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups --"
    else
        as_user="runuser -u $user --"
    fi
    tmp=/tmp # root's own TMPDIR may be closed to others
fi
[ "${memory:-0}" -lt 4000000 ] || [ ! -w /dev/shm ] || tmp=/dev/shm

server=
dir=$(mktemp -d "${tmp%/}/folkmoot-pg.XXXXXX")
stop() {
    trap '' HUP INT TERM
    # SIGQUIT: at once, without a checkpoint; nothing here is worth keeping.
    if [ -s "$dir/data/postmaster.pid" ]; then server=$(head -n 1 "$dir/data/postmaster.pid"); fi
    [ -z "$server" ] || kill -QUIT "$server" 2>/dev/null || :
    wait
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM
trap '' PIPE # a caller that is gone is noticed at stdin
[ -z "$as_user" ] || chown "$user" "$dir"
cd "$dir"

init() {
    $as_user "$bin/initdb" -D "$dir/data" -U postgres --auth=trust -E UTF8 --locale="$1" --no-sync >"$dir/log" 2>&1
}
init C.UTF-8 || { rm -rf "$dir/data" && init C; } || {
    cat "$dir/log" >&2
    exit 1
}

# Without autovacuum, whose moment plans would depend on: tests of plans count the tables themselves.
serve() {
    $as_user "$bin/postgres" -D "$dir/data" -h 127.0.0.1 -p "$port" -k '' -F -N 300 \
        -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=256MB -c autovacuum=off </dev/null >"$dir/log" 2>&1 &
    server=$!
    while kill -0 "$server" 2>/dev/null; do
        ! grep -q '^ready' "$dir/data/postmaster.pid" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# Someone else may take a port between our look and the server's start, hence several.
try=0
while [ "$try" -lt 5 ]; do
    try=$((try + 1))
    port=$(($(od -An -N2 -tu2 /dev/urandom) % 20000 + 10000)) # below what systems hand out to outgoing connections
    serve || continue
    echo "$port" || :
    exec 2>/dev/null
    while read -r order; do
        case $order in
        stop)
            kill -QUIT "$server"
            wait "$server" || :
            rm -f "$dir/data/postmaster.pid"
            ;;
        start) serve || exit 1 ;;
        esac
        echo "$order" || :
    done
    exit
done
cat "$dir/log" >&2
exit 1
