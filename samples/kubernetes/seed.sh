#!/usr/bin/env bash
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# The article's demo without a cluster: a registry on this machine gets the five modules under the article's names and stands
# in for the article's registry; the article's manifest, unchanged, is served on port 3001; nginx on port 8080 passes
# everything on, as the article's values.yaml says; and curl gets "hello world".
#
# Needs docker-registry, nginx and curl (Debian: apt-get install --no-install-recommends docker-registry nginx-light curl).
# Ends what it started, nothing else. WAGI is the command to use, by default ./wagi of this checkout.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wagi=${WAGI:-$here/../../wagi}
modules=$here/../modules
PATH=$PATH:/usr/sbin

say() { printf '\n== %s\n' "$*"; }
die() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

for tool in docker-registry nginx curl; do
    command -v "$tool" > /dev/null || die "there is no $tool; install it"
done

is_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

for port in 3001 8080; do
    ! is_open "$port" || die "port $port is in use, and the article's demo needs it; stop what listens there"
done

work=$(mktemp -d)
started=()
finish() {
    for pid in "${started[@]}"; do
        kill "$pid" 2> /dev/null || true
    done
    for pid in "${started[@]}"; do
        wait "$pid" 2> /dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

await() { # what pid log command...
    local what=$1 pid=$2 log=$3
    shift 3
    for _ in $(seq 600); do
        "$@" && return
        kill -0 "$pid" 2> /dev/null || break
        sleep 0.2
    done
    cat "$log" >&2
    die "$what is not ready"
}

# --- the registry, on a port that is free

registry_port=$((20000 + RANDOM % 10000))
while is_open "$registry_port"; do
    registry_port=$((20000 + RANDOM % 10000))
done
registry=127.0.0.1:$registry_port
mkdir "$work/registry"
cat > "$work/registry.yml" << END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: $work/registry}
http:
  addr: $registry
  secret: only-for-this-run
END
say "a registry on $registry"
docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
started+=("$!")
await "the registry" "$!" "$work/registry.log" is_open "$registry_port"

# --- the modules, under the article's names

export XDG_CACHE_HOME=$work/cache
for name in http-example hello index error log; do
    file=$modules/$name/$name.wasm
    [ -f "$file" ] || file=$modules/$name/$name.wat
    say "wagi push $name"
    "$wagi" push --insecure-registry "$registry" "$file" "$registry/krustlet-wagi-demo-$name:v1.0.0"
done

# --- the manifest, unchanged; it says 0.0.0.0:3001, and a test should not be reached from elsewhere

say "wagi serve -f wasi-example.yaml"
"$wagi" serve -f "$here/wasi-example.yaml" --listen 127.0.0.1:3001 \
    --registry-mirror "webassembly.azurecr.io=$registry" --insecure-registry "$registry" \
    > "$work/wagi.out" 2> "$work/wagi.err" &
server=$!
started+=("$server")
await "wagi" "$server" "$work/wagi.err" grep -q '^Ready: ' "$work/wagi.out"
cat "$work/wagi.err" "$work/wagi.out"

say "nginx on 127.0.0.1:8080"
mkdir "$work/nginx"
nginx -p "$work/nginx" -c "$here/nginx.conf" 2> "$work/nginx.log" &
started+=("$!")
await "nginx" "$!" "$work/nginx.log" is_open 8080

say "curl 127.0.0.1:8080/..."
passed=0
check() { # path status text
    local answer status
    answer=$(curl -sS -w '\n%{http_code}' "127.0.0.1:8080$1") || die "$1: no answer"
    status=${answer##*$'\n'}
    [ "$status" = "$2" ] && [[ "$answer" == *"$3"* ]] || die "$1 answered $status, wanted $2 and '$3': $answer"
    passed=$((passed + 1))
    printf '%s -> %s %s\n' "$1" "$status" "$(head -n 1 <<< "${answer%$'\n'*}")"
}
[ "$(curl -sS 127.0.0.1:8080/hello)" = "hello world" ] || die "/hello does not print 'hello world'"
check /hello 200 'hello world'
check /hello/any/sub/path 200 'hello world'
check / 200 'Welcome to WAGI'
check /error 404 'says the module itself'
check /log 200 'log of this module'
check /http-example 200 'api.brigade.sh'
check /nope 404 'Not Found'
grep -q 'log: start of request GET /log' "$work/wagi.err" || die "the log of the module log is not there"

# --- imagePullPolicy: Always means that the registry is needed; --offline that it is not

say "without the registry"
kill "${started[0]}"
wait "${started[0]}" 2> /dev/null || true
options=(-f "$here/wasi-example.yaml" --registry-mirror "webassembly.azurecr.io=$registry" --insecure-registry "$registry")
if "$wagi" check "${options[@]}" > "$work/check.out" 2>&1; then
    die "imagePullPolicy: Always was not honoured"
fi
head -n 1 "$work/check.out"
"$wagi" check "${options[@]}" --offline

say "$passed passed, 0 failed"
