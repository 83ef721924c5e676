# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# What the article's demos have in common, with and without a cluster; read by seed.sh and cluster.sh.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wagi=${WAGI:-$here/../../wagi}
modules=$here/../modules
PATH=$PATH:/usr/sbin

say() { printf '\n== %s\n' "$*"; }
die() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

need() { # tools
    local tool
    for tool in "$@"; do
        command -v "$tool" > /dev/null || die "there is no $tool; install it"
    done
}
need docker-registry nginx curl

is_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)) && is_open "$port"; do :; done
    echo "$port"
}

for port in 3001 8080; do
    ! is_open "$port" || die "port $port is in use, and the article's demo needs it; stop what listens there"
done

work=$(mktemp -d)
started=()
end_more() { :; } # what a demo ends besides the processes that it started
finish() {
    for pid in "${started[@]}"; do
        kill "$pid" 2> /dev/null || true
    done
    for pid in "${started[@]}"; do
        wait "$pid" 2> /dev/null || true
    done
    end_more
    rm -rf "$work"
}
trap finish EXIT

await() { # what pid log command...
    local what=$1 pid=$2 log=$3
    shift 3
    for _ in $(seq 600); do
        "$@" > /dev/null 2>&1 && return
        kill -0 "$pid" 2> /dev/null || break
        sleep 0.2
    done
    cat "$log" >&2
    die "$what is not ready"
}

# A real Kubernetes, for the demos with a cluster.
plane=$here/../../wagi-node/src/test/control-plane/control-plane
cluster=$work/control-plane
kubectl() { "$plane" kubectl "$cluster" "$@"; }
start_control_plane() {
    say "a control plane"
    end_more() { [ ! -f "$cluster/port" ] || "$plane" stop "$cluster"; }
    "$plane" start "$cluster"
    # Before the cache of modules is moved out of the user's way.
    export WAGI_CONTROL_PLANE_CACHE=${WAGI_CONTROL_PLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wagi/control-plane}
}

# A registry on a port that is free, with the modules under the article's names; it stands in for the article's.
start_registry() {
    registry=127.0.0.1:$(free_port)
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
    registry_pid=$!
    started+=("$registry_pid")
    await "the registry" "$registry_pid" "$work/registry.log" is_open "${registry#*:}"

    export XDG_CACHE_HOME=$work/cache
    local name file
    for name in http-example hello index error log; do
        file=$modules/$name/$name.wasm
        [ -f "$file" ] || file=$modules/$name/$name.wat
        say "wagi push $name"
        "$wagi" push --insecure-registry "$registry" "$file" "$registry/krustlet-wagi-demo-$name:v1.0.0"
    done
}

# nginx with the article's server block.
start_nginx() {
    say "nginx on 127.0.0.1:8080"
    mkdir "$work/nginx"
    nginx -p "$work/nginx" -c "$here/nginx.conf" 2> "$work/nginx.log" &
    started+=("$!")
    await "nginx" "$!" "$work/nginx.log" is_open 8080
}

passed=0
check() { # path status text
    local answer status
    answer=$(curl -sS -w '\n%{http_code}' "127.0.0.1:8080$1") || die "$1: no answer"
    status=${answer##*$'\n'}
    [ "$status" = "$2" ] && [[ "$answer" == *"$3"* ]] || die "$1 answered $status, wanted $2 and '$3': $answer"
    passed=$((passed + 1))
    printf '%s -> %s %s\n' "$1" "$status" "$(head -n 1 <<< "${answer%$'\n'*}")"
}

check_routes() {
    say "curl 127.0.0.1:8080/..."
    check /hello 200 'hello world'
    check /hello/any/sub/path 200 'hello world'
    check / 200 'Welcome to WAGI'
    check /error 404 'says the module itself'
    check /log 200 'log of this module'
    check /http-example 200 'api.brigade.sh'
    check /nope 404 'Not Found'
}
