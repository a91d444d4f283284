#!/bin/sh
# Makes a Docker engine answer, for tests/integration/test_testcontainers.py.
#
# Where one answers already, nothing is started and nothing printed. Else starts the installed dockerd and prints its
# process id, so that whoever called can end it:
#
#     engine=$(tests/docker/start_engine.sh) || echo "going on without Docker"
#     ...
#     [ -z "$engine" ] || kill "$engine"
#
# Fails, with the reason on the error stream, where none can be started.
set -eu

socket=/var/run/docker.sock
wait_seconds=30

answers() {
    # Asked without the docker command: its newest releases refuse to speak to an older engine at all.
    [ -S "$socket" ] && python3 - "$socket" 2>/dev/null <<'PING'
import socket, sys
with socket.socket(socket.AF_UNIX) as engine:
    engine.settimeout(3)
    engine.connect(sys.argv[1])
    engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
    sys.exit(b" 200 " not in engine.recv(200))
PING
}

refuse() {
    echo "no Docker engine: $1" >&2
    exit 1
}

if answers; then
    exit 0
fi
command -v dockerd >/dev/null || refuse "dockerd is not installed (on Debian: apt-get install docker.io)"
[ "$(id -u)" = 0 ] || refuse "dockerd has to be started by root"

log=$(mktemp)
setsid dockerd >"$log" 2>&1 &
engine=$!
waited=0
until answers; do
    if ! kill -0 "$engine" 2>/dev/null; then
        refuse "dockerd ended: $(tail -n 3 "$log")"
    fi
    if [ "$waited" -ge "$wait_seconds" ]; then
        kill "$engine"
        refuse "dockerd did not answer within $wait_seconds s: $(tail -n 3 "$log")"
    fi
    sleep 1
    waited=$((waited + 1))
done
echo "$engine"
