#!/usr/bin/env bash
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# The article's demo without a cluster: a registry on this machine gets the five modules under the article's names and stands
# in for the article's registry; the article's manifest, unchanged, is served on port 3001; nginx on port 8080 passes
# everything on, as the article's values.yaml says; and curl gets "hello world".
#
# Needs docker-registry, nginx and curl (Debian: apt-get install --no-install-recommends docker-registry nginx-light curl).
# Ends what it started, nothing else. WAGI is the command to use, by default ./wagi of this checkout.

# shellcheck source=demo.sh
. "$(dirname "$0")/demo.sh"

start_registry

# --- the manifest, unchanged; it says 0.0.0.0:3001, and a test should not be reached from elsewhere

say "wagi serve -f wasi-example.yaml"
"$wagi" serve -f "$here/wasi-example.yaml" --listen 127.0.0.1:3001 \
    --registry-mirror "webassembly.azurecr.io=$registry" --insecure-registry "$registry" \
    > "$work/wagi.out" 2> "$work/wagi.err" &
server=$!
started+=("$server")
await "wagi" "$server" "$work/wagi.err" grep -q '^Ready: ' "$work/wagi.out"
cat "$work/wagi.err" "$work/wagi.out"

start_nginx
check_routes
[ "$(curl -sS 127.0.0.1:8080/hello)" = "hello world" ] || die "/hello does not print 'hello world'"
grep -q 'log: start of request GET /log' "$work/wagi.err" || die "the log of the module log is not there"

# --- imagePullPolicy: Always means that the registry is needed; --offline that it is not

say "without the registry"
kill "$registry_pid"
wait "$registry_pid" 2> /dev/null || true
options=(-f "$here/wasi-example.yaml" --registry-mirror "webassembly.azurecr.io=$registry" --insecure-registry "$registry")
if "$wagi" check "${options[@]}" > "$work/check.out" 2>&1; then
    die "imagePullPolicy: Always was not honoured"
fi
head -n 1 "$work/check.out"
"$wagi" check "${options[@]}" --offline

say "$passed passed, 0 failed"
