#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Drives `./wagi serve` with wrk, beside the fastest handler of constant bytes that the same Jetty has.
#
#   ./load.sh          requests per second and latency of each guest, and their ratio to the constant bytes
#   ./load.sh spin     the same for hello while a guest on another route computes for five seconds
#   ./load.sh alloc    bytes that the server allocates for a request
#   ./load.sh start    time from the command to its line "Ready", with all samples, without and with a compile cache
#   ./load.sh large    the same for large modules (Go's net/http/cgi, CPython), their memory, requests, and time of a reload
#   ./load.sh many [N] the same for N different modules; 300
#   ./load.sh memory   resident memory of the five samples, idle and after load, of the default JVM and of WAGI_PROFILE=small
#
#   ROUNDS        rounds of each measurement, of which medians are printed; 5
#   SECONDS       length of one; 8
#   CONNECTIONS   connections of wrk; 32, for large 4
#   THREADS       threads of wrk; 1
#   HEAP          heap of both servers; 512m; for large, many and memory the JVM's own default
#   JAVA_HOME     the JDK; by default the one on the PATH
#   WAGI_JAVA_OPTS further options of both JVMs
#   WAGI_ARGS     further arguments of `wagi serve`
#
# Needs wrk and curl (Debian packages of those names), and wagi-bench built: mvn -Dquickly package -pl wagi-bench -am

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/common.sh"

case ${1-} in
  large | many | memory) HEAP=${HEAP-} ;;
  *) HEAP=${HEAP:-512m} ;;
esac
case ${1-} in
  large) CONNECTIONS=${CONNECTIONS:-4} ;;
  *) CONNECTIONS=${CONNECTIONS:-32} ;;
esac
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-8}
THREADS=${THREADS:-1}
TIMEOUT=2s
WAGI_JAVA_OPTS=${WAGI_JAVA_OPTS-}
WAGI_ARGS=${WAGI_ARGS-}

root=$(dirname -- "$here")
guests=$here/src/main/resources/guests
samples=$root/samples/modules
jar=$here/target/benchmarks.jar
jcmd=${JAVA_HOME:+$JAVA_HOME/bin/}jcmd

for tool in wrk curl; do
  command -v "$tool" >/dev/null || die "$tool is missing: install the Debian package $tool"
done
[ -f "$jar" ] || die "$jar is missing: mvn -Dquickly package -pl wagi-bench -am"

work=$(mktemp -d)
pids=

finish() {
  for pid in $pids; do
    kill "$pid" 2>/dev/null || :
  done
  for pid in $pids; do
    wait "$pid" 2>/dev/null || :
  done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- servers

# Both get the launcher's flags; see /wagi.
flags='-XX:-DontCompileHugeMethods -Xss2m'

configuration() {
  cat >"$work/modules.toml" <<END
[[module]]
route = "/hello"
module = "$guests/hello.wasm"

[[module]]
route = "/c"
module = "$guests/printf.wasm"

[[module]]
route = "/rust"
module = "$guests/environment.wasm"

[[module]]
route = "/go"
module = "$samples/go-hello/go-hello.wasm"

[[module]]
route = "/spin"
module = "$guests/spin.wasm"
END
}

# Waits for the line "Ready: serving on URL" in file $1 of process $2, and prints URL.
ready() {
  n=0
  until url=$(sed -n 's/^Ready: serving on //p' "$1") && [ -n "$url" ]; do
    kill -0 "$2" 2>/dev/null || die "a server ended: $(cat "$1" "$1.err")"
    n=$((n + 1))
    [ "$n" -lt 12000 ] || die "a server is not ready after two minutes"
    sleep 0.01
  done
  echo "$url"
}

# Options of the JVM in $1, arguments after it. Sets wagi and wagi_pid.
start_wagi() {
  options=$1
  shift
  : >"$work/wagi"
  # The launcher is replaced by the JVM, so this is the JVM's id. Compiled modules are kept away from the user's own.
  # shellcheck disable=SC2086 # arguments are words
  XDG_CACHE_HOME=$work/cache WAGI_JAVA_OPTS="${HEAP:+-Xms$HEAP -Xmx$HEAP} $options $WAGI_JAVA_OPTS" \
    "$root/wagi" serve "$@" -l 127.0.0.1:0 $WAGI_ARGS >"$work/wagi" 2>"$work/wagi.err" &
  wagi_pid=$!
  pids="$pids $wagi_pid"
  wagi=$(ready "$work/wagi" "$wagi_pid") || exit 1
}

stop() { # process
  kill "$1" 2>/dev/null || :
  wait "$1" 2>/dev/null || :
}

# Serves what WAGI answers. Options of the JVM in $1, routes after it. Sets static and static_pid.
start_static() {
  options=$1
  shift
  mkdir -p "$work/bodies"
  for route in "$@"; do
    curl -fsS -o "$work/bodies/$route" "$wagi/$route" || die "$wagi/$route: $(cat "$work/wagi.err")"
  done
  : >"$work/static"
  # shellcheck disable=SC2086 # options are words
  "$java" $flags "-Xms$HEAP" "-Xmx$HEAP" $options $WAGI_JAVA_OPTS \
    -cp "$jar" dev.wagi.bench.StaticServer "$work/bodies" >"$work/static" 2>"$work/static.err" &
  static_pid=$!
  pids="$pids $static_pid"
  static=$(ready "$work/static" "$static_pid") || exit 1
}

verify() { # URL text
  body=$(curl -fsS "$1") || die "$1 does not answer"
  case $body in
    *"$2"*) ;;
    *) die "$1 answers '$body', wanted '$2'" ;;
  esac
}

text_of() { # route
  case $1 in
    hello) echo 'hello world' ;;
    c) echo 'hello from C, GET request number 1' ;;
    rust) echo 'REQUEST_METHOD = GET' ;;
    go) echo 'hello from Go' ;;
  esac
}

# --- wrk

# URL seconds -> requests/s, p50 and p99 in ms, errors, requests
load() {
  wrk "-t$THREADS" "-c$CONNECTIONS" "-d${2}s" --timeout "$TIMEOUT" --latency "$1" >"$work/wrk" 2>&1 || die "wrk: $(cat "$work/wrk")"
  awk '
    function ms(text) {
      if (text ~ /us$/) return text / 1000
      if (text ~ /ms$/) return text + 0
      if (text ~ /m$/) return text * 60000
      return text * 1000
    }
    $1 == "50%" { p50 = ms($2) }
    $1 == "99%" { p99 = ms($2) }
    $2 == "requests" && $3 == "in" { requests = $1 }
    $1 == "Requests/sec:" { rate = $2 }
    $1 == "Non-2xx" { errors += $NF }
    $1 == "Socket" { gsub(",", ""); errors += $4 + $6 + $8 + $10 }
    END { print rate + 0, p50 + 0, p99 + 0, errors + 0, requests + 0 }' "$work/wrk"
}

sum() { # column
  awk -v column="$1" '{ sum += $column } END { print sum + 0 }'
}

about() {
  printf '%s, %s processors, %s connections, %s s x %s rounds, heap %s, commit %s\n' \
    "$("$java" -version 2>&1 | sed -n 2p)" "$(getconf _NPROCESSORS_ONLN)" "$CONNECTIONS" "$SECONDS_EACH" "$ROUNDS" \
    "${HEAP:-default}" "$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)"
}

# --- scenarios

routes='hello c rust'

compare() {
  configuration
  start_wagi '' -c "$work/modules.toml"
  # shellcheck disable=SC2086 # routes are words
  start_static '' $routes
  about
  for route in $routes; do
    verify "$wagi/$route" "$(text_of "$route")"
    verify "$static/$route" "$(text_of "$route")"
  done
  # Twice each: the compilers of both JVMs need a while, and on few processors wrk takes their time.
  for _ in 1 2; do
    for route in $routes; do
      load "$static/$route" "$SECONDS_EACH" >/dev/null
      load "$wagi/$route" "$SECONDS_EACH" >/dev/null
    done
  done
  round=0
  while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    for route in $routes; do
      line=$(load "$static/$route" "$SECONDS_EACH") || exit 1
      echo "$line" >>"$work/static.$route"
      echo "round $round: static $route: $line" >&2
      line=$(load "$wagi/$route" "$SECONDS_EACH") || exit 1
      echo "$line" >>"$work/wagi.$route"
      echo "round $round: wagi   $route: $line" >&2
    done
  done
  echo
  printf '| %-5s | %-6s | %10s | %8s | %8s | %6s | %9s | %9s |\n' \
    route server requests/s 'p50 ms' 'p99 ms' errors 'ratio r/s' 'ratio p99'
  echo '|-------|--------|-----------:|---------:|---------:|-------:|----------:|----------:|'
  for route in $routes; do
    for server in static wagi; do
      file=$work/$server.$route
      rate=$(median 1 <"$file")
      p99=$(median 3 <"$file")
      if [ "$server" = static ]; then
        static_rate=$rate
        static_p99=$p99
      fi
      printf '| %-5s | %-6s | %10.0f | %8.2f | %8.2f | %6d | %9.2f | %9.2f |\n' "$route" "$server" "$rate" \
        "$(median 2 <"$file")" "$p99" "$(sum 4 <"$file")" \
        "$(awk "BEGIN { print $rate / $static_rate }")" "$(awk "BEGIN { print $p99 / $static_p99 }")"
    done
  done
}

spin() {
  configuration
  start_wagi '' -c "$work/modules.toml"
  about
  verify "$wagi/hello" "$(text_of hello)"
  for _ in 1 2; do
    load "$wagi/hello" "$SECONDS_EACH" >/dev/null
  done
  round=0
  while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    line=$(load "$wagi/hello" 4) || exit 1
    echo "$line" >>"$work/alone"
    echo "round $round: alone: $line" >&2
    curl -sS -o "$work/spin" -w '%{http_code} %{time_total}' "$wagi/spin" >"$work/spin.time" &
    client=$!
    sleep 0.5
    line=$(load "$wagi/hello" 4) || exit 1
    echo "$line" >>"$work/beside"
    echo "round $round: beside a spinning guest: $line" >&2
    wait "$client" || die "the spinning guest was not answered"
    read -r status seconds <"$work/spin.time" || :
    grep -q '^spun ' "$work/spin" && [ "$status" = 200 ] || die "the spinning guest answered $status: $(cat "$work/spin")"
    awk "BEGIN { exit !($seconds >= 4.5) }" || die "the guest span for $seconds s only: the load was not beside it"
  done
  echo
  printf '| %-12s | %10s | %8s | %8s | %6s |\n' 'hello' requests/s 'p50 ms' 'p99 ms' errors
  echo '|--------------|-----------:|---------:|---------:|-------:|'
  for case in alone beside; do
    file=$work/$case
    printf '| %-12s | %10.0f | %8.2f | %8.2f | %6d |\n' "$case" "$(median 1 <"$file")" "$(median 2 <"$file")" \
      "$(median 3 <"$file")" "$(sum 4 <"$file")"
  done
  echo "p99 worst round beside: $(awk '{ print $3 }' "$work/beside" | sort -g | tail -n 1) ms"
}

# The sum of what collections found new since the one before, between two that we ask for. A serial collector, because its
# log has every collection in one line, with the whole heap.
allocated() { # pid log URL
  "$jcmd" "$1" GC.run >/dev/null
  before=$(wc -l <"$2")
  line=$(load "$3" "$SECONDS_EACH") || exit 1
  "$jcmd" "$1" GC.run >/dev/null
  # The first line is the collection that we asked for.
  tail -n "+$before" "$2" | sed -n 's/.*Pause.* \([0-9]*\)M->\([0-9]*\)M(.*/\1 \2/p' |
    awk -v line="$line" 'NR > 1 { sum += $1 - last } { last = $2 }
      END { split(line, load); printf "%.0f %d %d %d\n", sum * 1048576 / load[5], load[5], NR, load[4] }'
}

alloc() {
  log() { # name
    echo "-XX:+UseSerialGC -Xmn64m -Xlog:gc:file=$work/$1.gc:uptime:filecount=0"
  }
  configuration
  start_wagi "$(log wagi)" -c "$work/modules.toml"
  # shellcheck disable=SC2086 # routes are words
  start_static "$(log static)" $routes
  about
  for route in $routes; do
    load "$wagi/$route" "$SECONDS_EACH" >/dev/null
    load "$static/$route" "$SECONDS_EACH" >/dev/null
  done
  echo
  printf '| %-5s | %-6s | %17s | %10s | %11s | %6s |\n' route server 'bytes per request' requests collections errors
  echo '|-------|--------|------------------:|-----------:|------------:|-------:|'
  for route in $routes; do
    for server in static wagi; do
      if [ "$server" = wagi ]; then
        line=$(allocated "$wagi_pid" "$work/wagi.gc" "$wagi/$route") || exit 1
      else
        line=$(allocated "$static_pid" "$work/static.gc" "$static/$route") || exit 1
      fi
      # shellcheck disable=SC2086 # figures are words
      printf '| %-5s | %-6s | %17s | %10s | %11s | %6s |\n' "$route" "$server" $line
    done
  done
}

start() {
  about
  {
    for module in hello/hello.wasm index/index.wat error/error.wasm log/log.wasm http-example/http-example.wasm \
      env/env.wasm go-hello/go-hello.wasm as-hello/as-hello.wasm echo-rust/echo-rust.wasm echo-c/echo-c.wasm \
      echo-go/echo-go.wasm echo-as/echo-as.wasm routes/routes.wasm; do
      printf '[[module]]\nroute = "/%s"\nmodule = "%s"\n\n' "${module%/*}/..." "$samples/$module"
    done
    printf '[[module]]\nroute = "/reactor"\nmodule = "%s"\nentrypoint = "greet"\n' "$samples/reactor/reactor.wasm"
  } >"$work/modules.toml"
  "$root/wagi" --version >/dev/null # builds, if that is due
  cold_and_warm :
  echo
  for case in cold warm; do
    echo "$case: $(median 1 <"$work/starts.$case") ms"
  done
}

# Starts as start_wagi does; sets took: milliseconds until the line "Ready".
timed() {
  begin=$(date +%s%N)
  start_wagi "$@"
  took=$((($(date +%s%N) - begin) / 1000000))
}

# Starts without and with a compile cache, in each round; for each start a line in starts.cold or starts.warm: milliseconds until
# "Ready", and what the command prints that is run then.
cold_and_warm() { # command
  round=0
  while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    rm -rf "$work/cache"
    for case in cold warm; do
      timed '' -c "$work/modules.toml"
      more=$("$@") || exit 1
      stop "$wagi_pid"
      # shellcheck disable=SC2086 # figures are words
      echo "$took" $more | tee -a "$work/starts.$case" >&2
    done
  done
}

resident() { # process -> MB now, and the most that it had
  awk '$1 == "VmRSS:" { now = $2 } $1 == "VmHWM:" { most = $2 } END { print int(now / 1024), int(most / 1024) }' "/proc/$1/status"
}

# Waits for line $1 of the server's standard error to say "Reloaded".
reloaded() {
  n=0
  until tail -n "+$1" "$work/wagi.err" | grep -q '^Reloaded: '; do
    n=$((n + 1))
    [ "$n" -lt 12000 ] || die "no reload within two minutes: $(cat "$work/wagi.err")"
    sleep 0.01
  done
}

row() { # cell...
  printf '| %-6s | %8s | %8s | %9s | %10s | %8s | %8s | %9s | %8s | %9s |\n' "$@"
}

large() {
  languages=$here/target/languages
  TIMEOUT=60s
  about
  echo
  row module 'cold s' 'most MB' 'cached s' requests/s 'p50 ms' 'p99 ms' 'reload s' 'then MB' 'most MB'
  echo '|--------|---------:|---------:|----------:|-----------:|---------:|---------:|----------:|---------:|----------:|'
  for name in form python; do
    "$here/src/guests/languages.sh" "$languages" "$name" || {
      echo "load.sh: SKIPPED $name: see above" >&2
      continue
    }
    cp "$languages/$name.wasm" "$work/$name.wasm"
    case $name in
      form) arguments= query='?name=wagi' text='hello from Go, wagi' ;;
      python)
        query= text=333328333350000
        mkdir "$work/python"
        printf 'print("Content-Type: text/plain\\n")\nprint(sum(i * i for i in range(100000)))\n' >"$work/python/sum.py"
        arguments='argv = "python /app/sum.py"
volumes = { "/app" = "python" }'
        ;;
    esac
    printf '[[module]]\nroute = "/module"\nmodule = "%s"\ntimeout = "60s"\n%s\n[[module]]\nroute = "/hello"\nmodule = "%s"\n' \
      "$work/$name.wasm" "$arguments" "$guests/hello.wasm" >"$work/modules.toml"
    rm -f "$work/large"
    round=0
    while [ "$round" -lt "$ROUNDS" ]; do
      round=$((round + 1))
      rm -rf "$work/cache"
      timed '' -c "$work/modules.toml"
      cold=$took
      # shellcheck disable=SC2046 # figures are words
      set -- $(resident "$wagi_pid")
      compiling=$2
      stop "$wagi_pid"
      timed '' -c "$work/modules.toml" --watch
      cached=$took
      verify "$wagi/module$query" "$text"
      load "$wagi/module$query" "$SECONDS_EACH" >/dev/null
      line=$(load "$wagi/module$query" "$SECONDS_EACH") || exit 1
      # A custom section (WebAssembly Core, 5.5.3): another module, and all of it is compiled again.
      from=$(($(wc -l <"$work/wagi.err") + 1))
      { cat "$languages/$name.wasm" && printf '\000\005\004%04d' "$round"; } >"$work/next"
      begin=$(date +%s%N)
      mv "$work/next" "$work/$name.wasm"
      reloaded "$from"
      reload=$((($(date +%s%N) - begin) / 1000000))
      verify "$wagi/module$query" "$text"
      echo "$cold $compiling $cached $line $reload $(resident "$wagi_pid")" | tee -a "$work/large" >&2
      stop "$wagi_pid"
      cp "$languages/$name.wasm" "$work/$name.wasm"
    done
    row "$name" \
      "$(seconds 1)" "$(median 2 <"$work/large")" "$(seconds 3)" "$(median 4 <"$work/large")" "$(median 5 <"$work/large")" \
      "$(median 6 <"$work/large")" "$(seconds 9)" "$(median 10 <"$work/large")" "$(median 11 <"$work/large")"
  done
}

seconds() { # column of milliseconds
  median "$1" <"$work/large" | awk '{ printf "%.2f\n", $1 / 1000 }'
}

first_answer() { # -> MB now, the most that there were, and seconds
  resident "$wagi_pid"
  curl -fsS -o /dev/null -w '%{time_total}' "$wagi/m1" || die "$wagi/m1 does not answer"
}

many() { # count
  about
  mkdir "$work/modules"
  i=0
  while [ "$i" -lt "$1" ]; do
    i=$((i + 1))
    { cat "$guests/hello.wasm" && printf '\000\011\010%08d' "$i"; } >"$work/modules/$i.wasm"
    printf '[[module]]\nroute = "/m%s"\nmodule = "modules/%s.wasm"\n' "$i" "$i"
  done >"$work/modules.toml"
  cold_and_warm first_answer
  echo
  echo "| $1 modules | ready, ms | MB | first answer, s |"
  echo '|---|---:|---:|---:|'
  for case in cold warm; do
    file=$work/starts.$case
    echo "| $case | $(median 1 <"$file") | $(median 2 <"$file") | $(median 4 <"$file") |"
  done
}

memory() {
  about
  round=0
  while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    for profile in default small; do
      WAGI_PROFILE=${profile#default}
      export WAGI_PROFILE
      timed '' -c "$root/samples/modules.toml"
      # shellcheck disable=SC2046 # figures are words
      set -- $(resident "$wagi_pid")
      idle=$1
      load "$wagi/hello" "$SECONDS_EACH" >/dev/null
      line=$(load "$wagi/hello" "$SECONDS_EACH") || exit 1
      # shellcheck disable=SC2046
      set -- $(resident "$wagi_pid")
      stop "$wagi_pid"
      echo "$idle $1 $took $line" | tee -a "$work/memory.$profile" >&2
    done
  done
  echo
  echo '| profile | ready, ms | idle, MB | after load, MB | hello, requests/s |'
  echo '|---|---:|---:|---:|---:|'
  for profile in default small; do
    file=$work/memory.$profile
    echo "| $profile | $(median 3 <"$file") | $(median 1 <"$file") | $(median 2 <"$file") | $(median 4 <"$file") |"
  done
}

case ${1-compare} in
  compare) compare ;;
  spin) spin ;;
  alloc) alloc ;;
  start) start ;;
  large) large ;;
  many) many "${2-300}" ;;
  memory) memory ;;
  *)
    sed -n '5,27s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
