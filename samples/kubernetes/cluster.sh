#!/usr/bin/env bash
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# The article's demo with a cluster: a real Kubernetes control plane on this machine, `wagi node` as its only node, the article's
# manifest, unchanged, with kubectl, nginx with the article's server block, curl, logs, deletion.
#
# Needs Go (the control plane is compiled once, which takes minutes), openssl, docker-registry, nginx and curl.
# Ends what it started, nothing else. WAGI is the command to use, by default ./wagi of this checkout.

# shellcheck source=demo.sh
. "$(dirname "$0")/demo.sh"
need openssl

start_control_plane
kubectl version
start_registry

say "wagi node: the node pool of the article"
"$plane" bootstrap "$cluster" > "$work/bootstrap.kubeconfig"
console=$(free_port)
"$wagi" node --bootstrap-kubeconfig "$work/bootstrap.kubeconfig" --node-name mywasipool-0 --node-ip 127.0.0.1 \
    --kubelet-port "$(free_port)" --admin-listen "127.0.0.1:$console" --data-dir "$work/node" --labels agentpool=mywasipool \
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

start_nginx
check_routes

say "the console of the node: routes of all pods, with namespace, pod and container"
curl -sS "127.0.0.1:$console/readyz"
curl -sS "127.0.0.1:$console/" | grep -o '<td>[^<]*:3001</td><td>default_krustlet-wagi-demo_krustlet-wagi-demo-[a-z-]*</td>' > "$work/rows" || true
cat "$work/rows"
[ "$(wc -l < "$work/rows")" = 5 ] || die "the console does not show the five routes"
passed=$((passed + 1))

say "kubectl logs, exec"
kubectl logs krustlet-wagi-demo -c krustlet-wagi-demo-log | grep 'log: start of request GET /log' || die "the log is not there"
refused=$(kubectl exec krustlet-wagi-demo -c krustlet-wagi-demo-log -- ls 2>&1 || true)
[[ $refused == *"not supported by WAGI nodes"* ]] || die "exec says: $refused"
echo "$refused"

say "kubectl delete -f wasi-example.yaml"
kubectl delete -f "$here/wasi-example.yaml" --timeout=60s
! is_open 3001 || die "port 3001 is still open"

say "kubectl apply again: the modules are in the caches"
begin=$(date +%s%N)
kubectl apply -f "$here/wasi-example.yaml"
kubectl wait --for=condition=Ready pod/krustlet-wagi-demo --timeout=60s
echo "5/5 after $((($(date +%s%N) - begin) / 1000000)) ms"
kubectl get pods
kubectl delete -f "$here/wasi-example.yaml" --timeout=60s

say "the node leaves"
kill "$node"
wait "$node" || die "the node did not end with 0"
kubectl get nodes
[[ $(kubectl get node mywasipool-0 -o jsonpath='{.spec.unschedulable}') == true ]] || die "the node is not cordoned"
kubectl delete node mywasipool-0

say "$passed passed, 0 failed"
