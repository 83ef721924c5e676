#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Compares the kernels of KernelBenchmark with the newest wasmtime of PyPI, which is installed in target/venv: a table of
# milliseconds per request, medians of rounds in which the two take turns, and their ratio.
#
#   ROUNDS      rounds; 3
#   SECONDS     measured in each round, after as long a warm-up; 4
#   KERNELS     those to run; "SHA256 QSORT SNPRINTF MALLOC JSON"
#   JAVA_HOME   the JDK; by default the one on the PATH
#   PYTHON      python3
#
# Without Python, its venv or PyPI it says so, and measures WAGI only. Nothing else should run on the machine. Needs wagi-bench built:
# mvn -Dquickly package -pl wagi-bench -am

set -eu

ROUNDS=${ROUNDS:-3}
# Some shells count seconds in the variable of this name: what was given is in the environment.
SECONDS_EACH=$(env | sed -n 's/^SECONDS=//p')
SECONDS_EACH=${SECONDS_EACH:-4}
KERNELS=${KERNELS:-SHA256 QSORT SNPRINTF MALLOC JSON}
PYTHON=${PYTHON:-python3}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
module=$here/src/main/resources/guests/kernels.wasm
source=$here/src/main/java/dev/wagi/bench/KernelBase.java
jar=$here/target/benchmarks.jar
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
venv=$here/target/venv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -f "$jar" ] || {
    echo "kernels.sh: $jar is missing; run mvn -Dquickly package -pl wagi-bench -am" >&2
    exit 1
}

skip() {
    echo "kernels.sh: SKIPPED wasmtime: $1" >&2
}

version=
if ! command -v "$PYTHON" >/dev/null; then
    skip "there is no $PYTHON; install it (Debian: apt-get install python3-venv), or set PYTHON"
elif ! "$PYTHON" -m venv "$venv" >"$work/log" 2>&1; then
    skip "$PYTHON makes no venv: $(tail -n 1 "$work/log")"
elif ! "$venv/bin/pip" install -q --upgrade --disable-pip-version-check wasmtime >"$work/log" 2>&1; then
    skip "PyPI's wasmtime cannot be installed: $(tail -n 1 "$work/log")"
else
    version=$("$venv/bin/python" -c 'import importlib.metadata; print(importlib.metadata.version("wasmtime"))')
fi

# Milliseconds per request, as JMH's own table has them.
wagi() {
    "$java" -jar "$jar" 'KernelBenchmark' -p on=FLAT -p kernel="$1" -f 1 -wi 2 -i 2 \
        -w "$SECONDS_EACH" -r "$SECONDS_EACH" >"$work/jmh" 2>&1 || {
        cat "$work/jmh" >&2
        exit 1
    }
    awk '$1 ~ /KernelBenchmark.kernel$/ { for (i = 2; i < NF; i++) if ($i == "avgt") print $(i + 2) }' "$work/jmh" | tail -n 1
}

median() {
    sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

echo "$("$java" -version 2>&1 | head -n 1); wasmtime ${version:-skipped}; $ROUNDS rounds; load $(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo unknown)"
echo
echo "| kernel | WAGI ms | wasmtime ms | ratio |"
echo "|---|---:|---:|---:|"
for kernel in $KERNELS; do
    checksum=$(sed -n "s/.* $kernel(\"\([0-9a-f]*\)\").*/\1/p" "$source")
    entrypoint=$(echo "$kernel" | tr '[:upper:]' '[:lower:]')
    : >"$work/ours"
    : >"$work/theirs"
    round=0
    while [ "$round" -lt "$ROUNDS" ]; do
        wagi "$kernel" >>"$work/ours"
        if [ -n "$version" ]; then
            "$venv/bin/python" "$here/kernels.py" "$module" "$entrypoint" "$checksum" "$SECONDS_EACH" >>"$work/theirs"
        fi
        round=$((round + 1))
    done
    ours=$(median <"$work/ours")
    if [ -n "$version" ]; then
        theirs=$(median <"$work/theirs")
        ratio=$(echo "$ours $theirs" | awk '{ printf "%.2f", $1 / $2 }')
    else
        theirs=skipped
        ratio=
    fi
    echo "| $kernel | $ours | $theirs | $ratio |"
done
