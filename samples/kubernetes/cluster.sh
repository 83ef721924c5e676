#!/usr/bin/env bash
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# The article's demo with a cluster: a real Kubernetes control plane on this machine, `wagi node` as its only node, the article's
# manifest, unchanged, with kubectl, nginx with the article's server block, curl, logs, deletion.
#
# Needs Go (the control plane is compiled once, which takes minutes), openssl, docker-registry, nginx and curl.
# Ends what it started, nothing else. WAGI is the command to use, by default ./wagi of this checkout.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
wagi=${WAGI:-$root/wagi}
plane=$root/wagi-node/src/test/control-plane/control-plane
modules=$here/../modules
PATH=$PATH:/usr/sbin

say() { printf '\n== %s\n' "$*"; }
die() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

for tool in docker-registry nginx curl openssl; do
    command -v "$tool" > /dev/null || die "there is no $tool; install it"
done
is_open() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
for port in 3001 8080; do
    ! is_open "$port" || die "port $port is in use, and the article's demo needs it; stop what listens there"
done

work=$(mktemp -d)
cluster=$work/control-plane
started=()
finish() {
    for pid in "${started[@]}"; do
        kill "$pid" 2> /dev/null || true
    done
    for pid in "${started[@]}"; do
        wait "$pid" 2> /dev/null || true
    done
    [ ! -f "$cluster/port" ] || "$plane" stop "$cluster"
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

free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)) && is_open "$port"; do :; done
    echo "$port"
}

kubectl() { "$plane" kubectl "$cluster" "$@"; }

say "a control plane"
"$plane" start "$cluster"
kubectl version

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
say "a registry on $registry, with the modules under the article's names"
docker-registry serve "$work/registry.yml" > "$work/registry.log" 2>&1 &
started+=("$!")
await "the registry" "$!" "$work/registry.log" is_open "${registry#*:}"
export WAGI_CONTROL_PLANE_CACHE=${WAGI_CONTROL_PLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wagi/control-plane}
export XDG_CACHE_HOME=$work/cache
for name in http-example hello index error log; do
    file=$modules/$name/$name.wasm
    [ -f "$file" ] || file=$modules/$name/$name.wat
    "$wagi" push --insecure-registry "$registry" "$file" "$registry/krustlet-wagi-demo-$name:v1.0.0" 2> /dev/null
done

say "wagi node: the node pool of the article"
"$plane" bootstrap "$cluster" > "$work/bootstrap.kubeconfig"
"$wagi" node --bootstrap-kubeconfig "$work/bootstrap.kubeconfig" --node-name mywasipool-0 --node-ip 127.0.0.1 \
    --kubelet-port "$(free_port)" --data-dir "$work/node" --labels agentpool=mywasipool \
    --registry-mirror "webassembly.azurecr.io=$registry" --insecure-registry "$registry" \
    > "$work/node.out" 2> "$work/node.err" &
node=$!
started+=("$node")
await "the node" "$node" "$work/node.err" grep -q '^Ready: ' "$work/node.out"
kubectl wait --for=condition=Ready node/mywasipool-0 --timeout=60s
kubectl get nodes -o wide
kubectl describe node mywasipool-0 | sed -n '1,14p'
kubectl get node mywasipool-0 -o jsonpath='{.spec.taints}' | grep -q '"NoExecute","key":"kubernetes.io/arch","value":"wasm32-wagi"' ||
    die "the article's taint is not there"

say "an operator approves the serving certificate"
request() { kubectl get csr | awk '$3 == "kubernetes.io/kubelet-serving" && $NF == "Pending" {print $1; exit}'; }
has_request() { [ -n "$(request)" ]; }
await "the request for a serving certificate" "$node" "$work/node.err" has_request
kubectl certificate approve "$(request)"
await "the serving certificate" "$node" "$work/node.err" grep -q 'kubelet-serving was issued' "$work/node.err"

say "kubectl apply -f wasi-example.yaml"
kubectl apply -f "$here/wasi-example.yaml"
kubectl wait --for=condition=Ready pod/krustlet-wagi-demo --timeout=60s
kubectl get pods -o wide

say "nginx on 127.0.0.1:8080"
mkdir "$work/nginx"
nginx -p "$work/nginx" -c "$here/nginx.conf" 2> "$work/nginx.log" &
started+=("$!")
await "nginx" "$!" "$work/nginx.log" is_open 8080
passed=0
check() { # path status text
    local answer status
    answer=$(curl -sS -w '\n%{http_code}' "127.0.0.1:8080$1") || die "$1: no answer"
    status=${answer##*$'\n'}
    [ "$status" = "$2" ] && [[ "$answer" == *"$3"* ]] || die "$1 answered $status, wanted $2 and '$3': $answer"
    passed=$((passed + 1))
    printf '%s -> %s %s\n' "$1" "$status" "$(head -n 1 <<< "${answer%$'\n'*}")"
}
check /hello 200 'hello world'
check /hello/any/sub/path 200 'hello world'
check / 200 'Welcome to WAGI'
check /error 404 'says the module itself'
check /log 200 'log of this module'
check /http-example 200 'api.brigade.sh'
check /nope 404 'Not Found'

say "kubectl logs, exec"
kubectl logs krustlet-wagi-demo -c krustlet-wagi-demo-log | grep 'log: start of request GET /log' || die "the log is not there"
refused=$(kubectl exec krustlet-wagi-demo -c krustlet-wagi-demo-log -- ls 2>&1 || true)
[[ $refused == *"not supported by WAGI nodes"* ]] || die "exec says: $refused"
echo "$refused"

say "kubectl delete -f wasi-example.yaml"
kubectl delete -f "$here/wasi-example.yaml" --timeout=60s
! is_open 3001 || die "port 3001 is still open"

say "the node leaves"
kill "$node"
wait "$node" || true
kubectl get nodes
[[ $(kubectl get node mywasipool-0 -o jsonpath='{.spec.unschedulable}') == true ]] || die "the node is not cordoned"
kubectl delete node mywasipool-0

say "$passed passed, 0 failed"
