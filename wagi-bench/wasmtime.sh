#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Compares kernels and interpreters with the newest wasmtime of PyPI, which is installed in target/venv: one table.
#
#   ./wasmtime.sh                 all guests
#   ./wasmtime.sh sha256 lua...   those that are named
#
#   ROUNDS      measured rounds, in each of which the two take turns, after as many that are not measured; 5
#   SECONDS     of each of the two in a round; 4
#   JAVA_HOME   the JDK; by default the one on the PATH
#   PYTHON      python3
#
# Interpreters are built or fetched into target/languages by src/guests/languages.sh, which says what that needs. What cannot be
# had is skipped, with the reason: without Python, its venv or PyPI only WAGI is measured. Needs wagi-bench built:
# mvn -Dquickly package -pl wagi-bench -am

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/common.sh"

ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-4}
PYTHON=${PYTHON:-python3}
export PYTHON

source=$here/src/main/java/dev/wagi/bench/KernelBase.java
jar=$here/target/benchmarks.jar
venv=$here/target/venv
languages=$here/target/languages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -f "$jar" ] || die "$jar is missing: mvn -Dquickly package -pl wagi-bench -am"

skip() {
  echo "wasmtime.sh: SKIPPED $1: $2" >&2
}

peer=-
version=skipped
if ! command -v "$PYTHON" >/dev/null; then
  skip wasmtime "there is no $PYTHON; install it (Debian: apt-get install python3-venv), or set PYTHON"
elif ! "$PYTHON" -m venv "$venv" >"$work/log" 2>&1; then
  skip wasmtime "$PYTHON makes no venv: $(tail -n 1 "$work/log")"
elif ! "$venv/bin/pip" install -q --upgrade --disable-pip-version-check wasmtime >"$work/log" 2>&1; then
  skip wasmtime "it cannot be installed from PyPI: $(tail -n 1 "$work/log")"
else
  peer=$venv/bin/python
  version=$("$peer" -c 'import importlib.metadata; print(importlib.metadata.version("wasmtime"))')
fi

compare() { # name module entrypoint expected argv...; the input is in $work/input
  name=$1
  module=$2
  entrypoint=$3
  expected=$4
  shift 4
  # The launcher's flags; see /wagi.
  "$java" -XX:-DontCompileHugeMethods -Xss2m -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
    -Dwagi.bench.peer="$here/wasmtime-peer.py" -cp "$jar" dev.wagi.bench.WasmtimeComparison \
    "$peer" "$ROUNDS" "$SECONDS_EACH" "$name" "$module" "$entrypoint" "$work/input" "$expected" "$@"
}

kernel() { # name
  upper=$(echo "$1" | tr '[:lower:]' '[:upper:]')
  : >"$work/input"
  compare "$1" "$here/src/main/resources/guests/kernels.wasm" "$1" \
    "$(sed -n "s/.* $upper(\"\([0-9a-f]*\)\").*/\1/p" "$source")" kernels
}

# Standard input is the script.
language() { # name language expected argv...
  cat >"$work/input"
  case " $missing " in *" $2 "*) return ;; esac
  if [ ! -f "$languages/$2.wasm" ] && ! "$here/src/guests/languages.sh" "$languages" "$2"; then
    skip "$2" "see above"
    missing="$missing $2"
    return
  fi
  title=$1
  module=$languages/$2.wasm
  shift 2
  expected=$1
  shift
  compare "$title" "$module" _start "$expected" "$@"
}

guest() {
  case $1 in
    sha256 | qsort | snprintf | malloc | json) kernel "$1" ;;
    lua)
      language 'Lua, `fib(20)`' lua 6765 lua <<'END'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))
END
      ;;
    quickjs)
      language 'QuickJS, `fib(20)`' quickjs 6765 qjs -e 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
        console.log("Content-Type: text/plain\n"); console.log(fib(20))' </dev/null
      ;;
    sqlite)
      language 'SQLite, one query' sqlite '42|x' sqlite <<'END'
select 6 * 7, 'x';
END
      language 'SQLite, recursive query of 100 000 rows' sqlite 300000 sqlite <<'END'
with recursive c(x) as (select 1 union all select x + 1 from c where x < 100000) select sum(x % 7) from c;
END
      ;;
    python)
      language 'CPython, start' python started python - <<'END'
print("Content-Type: text/plain\n\nstarted")
END
      language 'CPython, `sum(i * i for i in range(100000))`' python 333328333350000 python - <<'END'
print("Content-Type: text/plain\n")
print(sum(i * i for i in range(100000)))
END
      ;;
    *)
      echo "usage: $0 [sha256|qsort|snprintf|malloc|json|lua|quickjs|sqlite|python]..." >&2
      exit 1
      ;;
  esac
}

missing=
[ $# -gt 0 ] || set -- sha256 qsort snprintf malloc json lua quickjs sqlite python

echo "$("$java" -version 2>&1 | sed -n 2p); wasmtime $version; $ROUNDS rounds of $SECONDS_EACH s; $(getconf _NPROCESSORS_ONLN)" \
  "processors; load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown)"
echo
echo "| guest | WAGI loads, CPU s | wasmtime loads, CPU s | WAGI ms | wasmtime ms | ratio (smallest to largest) |"
echo "|---|---:|---:|---:|---:|---:|"
for guest in "$@"; do
  guest "$guest"
done
