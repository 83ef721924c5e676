#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# What WAGI adds to a Boot hello: the application of wagi-bench/boot, with and without the starter.
#
#   ./boot.sh          time to start and to the first response of a module, resident memory, classes, size of the jar
#   ./boot.sh load     requests per second of modules, and of a @RestController in the same application; also per second of
#                      processor time, which other programs on the machine disturb less
#
#   ROUNDS        rounds, in which the variants take turns, and of which medians are printed; 7. The ratios are medians of each
#                 round's, which differ less than the rounds
#   SECONDS       length of one load; 8
#   CONNECTIONS   connections of wrk; 16
#   HEAP          heap; 256m
#   JAVA_HOME     the JDK; by default the one on the PATH
#   JAVA_OPTS     further options of all JVMs
#
# The variants of a start, with two modules (a hello of WebAssembly text, and 89 KB of Rust):
#
#   without       no WAGI
#   none          no compile cache: both modules are compiled
#   warm          a compile cache that has both
#   precompiled   both are compiled in the jar
#
# Needs curl, for load also wrk, and the jars: mvn -f wagi-bench/boot/reactor.xml -Dquickly package -pl :wagi-bench-boot,:wagi-cli -am

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
. "$here/common.sh"

ROUNDS=${ROUNDS:-7}
SECONDS_EACH=${SECONDS_EACH:-8}
CONNECTIONS=${CONNECTIONS:-16}
HEAP=${HEAP:-256m}

jcmd=${JAVA_HOME:+$JAVA_HOME/bin/}jcmd
jar=${JAVA_HOME:+$JAVA_HOME/bin/}jar

command -v curl >/dev/null || die "curl is missing: install the Debian package curl"
with=$(echo "$here"/boot/target/*-with.jar)
without=$(echo "$here"/boot/target/*-without.jar)
command=$(ls "$here"/../wagi-cli/target/wagi.jar 2>/dev/null || ls "$here"/../wagi-cli/target/wagi-cli-*.jar | grep -v -e sources -e tests | head -n 1)
for file in "$with" "$without" "$command"; do
  [ -f "$file" ] || die "$file is missing: mvn -f wagi-bench/boot/reactor.xml -Dquickly package -pl :wagi-bench-boot,:wagi-cli -am"
done

work=$(mktemp -d)
pid=

stop() {
  if [ -n "$pid" ]; then
    kill "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
  fi
  pid=
}

finish() {
  stop
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

export guests="$here/src/main/resources/guests"
mkdir "$work/cache"
chmod 700 "$work/cache"

# The modules, compiled into a copy of the jar as wagi-maven-plugin does.
printf '[[module]]\nroute = "/hello"\nmodule = "%s/hello.wasm"\n[[module]]\nroute = "/rust"\nmodule = "%s/environment.wasm"\n' \
  "$guests" "$guests" > "$work/modules.toml"
"$java" -jar "$command" compile -c "$work/modules.toml" -o "$work/classes/BOOT-INF/classes" >/dev/null 2>&1 ||
  die "the modules could not be compiled"
cp "$with" "$work/precompiled.jar"
(cd "$work/classes" && "$jar" uf0 "$work/precompiled.jar" BOOT-INF)

# Starts a variant; sets base, and started: seconds from the JVM's start until Spring is ready, as its log says.
start() {
  case $1 in
    without) file=$without; cache= ;;
    none) file=$with; cache= ;;
    warm) file=$with; cache="--wagi.compile-cache=$work/cache" ;;
    precompiled) file=$work/precompiled.jar; cache= ;;
  esac
  : > "$work/log" # else the one before could be read until the next has begun
  # shellcheck disable=SC2086 # options are words
  "$java" -Xmx"$HEAP" ${JAVA_OPTS-} -jar "$file" --server.port=0 $cache > "$work/log" 2>&1 &
  pid=$!
  until grep -q 'Started HelloApplication' "$work/log"; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/log" >&2; die "$1 has ended"; }
    sleep 0.05
  done
  started=$(sed -n 's/.*process running for \([0-9.]*\)).*/\1/p' "$work/log")
  port=$(sed -n 's/.*Tomcat started on port \([0-9]*\).*/\1/p' "$work/log")
  base=http://127.0.0.1:$port
}

# Prints the processor time of the application so far, in seconds.
processors() {
  sed 's/^.*) //' "/proc/$pid/stat" | awk -v t="$(getconf CLK_TCK)" '{ print ($12 + $13) / t }'
}

column() { # file column
  median "$2" <"$work/$1"
}

starts() {
  for variant in without none warm precompiled; do # warms the disk, and fills the cache
    start $variant
    stop
  done
  round=0
  while [ $round -lt "$ROUNDS" ]; do
    for variant in without none warm precompiled; do
      start $variant
      path=/rust
      [ $variant != without ] || path=/controller
      first=$(curl -s -o "$work/answer" -w '%{time_total} %{http_code}' "$base$path") || :
      case $first in
        *' 200') first=${first% 200} ;;
        *) tail -n 20 "$work/log" >&2; die "$variant does not answer $path with 200: $first" ;;
      esac
      cpu=$(processors)
      rss=$(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status")
      classes=$("$jcmd" "$pid" PerfCounter.print 2>/dev/null | sed -n 's/^java.cls.loadedClasses=//p')
      [ $variant != without ] || { started0=$started; cpu0=$cpu; }
      over=$(echo "$started $started0 $cpu $cpu0" | awk '{ printf "%.3f %.3f", $1 / $2, $3 / $4 }')
      echo "$started $first $rss $classes $cpu $over" >> "$work/$variant"
      echo "round $round $variant: $started s, first $first s, $cpu s of processors, $rss MB, $classes classes" >&2
      stop
    done
    round=$((round + 1))
  done
  echo "| variant | ready, s | over without | processors until then and for one response, s | over without | first response, ms | resident, MB | classes | jar, MB |"
  echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
  for variant in without none warm precompiled; do
    case $variant in
      without) file=$without ;;
      precompiled) file=$work/precompiled.jar ;;
      *) file=$with ;;
    esac
    size=$(wc -c < "$file" | awk '{ printf "%.1f", $1 / 1e6 }')
    echo "| $variant | $(column $variant 1) | $(column $variant 6) | $(column $variant 5) | $(column $variant 7) | $(column $variant 2 | awk '{ print int($1 * 1000) }') | $(column $variant 3) | $(column $variant 4) | $size |"
  done
}

load() {
  command -v wrk >/dev/null || die "wrk is missing: install the Debian package wrk"
  start warm
  for path in /controller /hello /rust /controller /hello /rust; do
    wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" "$base$path" >/dev/null
  done
  round=0
  while [ $round -lt "$ROUNDS" ]; do
    for path in controller hello rust; do
      before=$(processors)
      wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" "$base/$path" > "$work/out"
      after=$(processors)
      ! grep -q 'Non-2xx' "$work/out" || die "/$path is answered with errors"
      rate=$(awk '/Requests\/sec/ { print int($2) }' "$work/out")
      each=$(awk -v a="$before" -v b="$after" '/ requests in / { print int($1 / (b - a)) }' "$work/out")
      echo "$rate $each" >> "$work/rate-$path"
      echo "round $round /$path: $rate requests/s, $each in a second of processors" >&2
    done
    round=$((round + 1))
  done
  of=$(column rate-controller 2)
  echo "| path | requests/s | in a second of processors | to the controller |"
  echo "|---|---:|---:|---:|"
  for path in controller hello rust; do
    each=$(column rate-$path 2)
    echo "| /$path | $(column rate-$path 1) | $each | $(awk -v a="$each" -v b="$of" 'BEGIN { printf "%.2f", a / b }') |"
  done
}

case ${1-} in
  '') starts ;;
  load) load ;;
  *) die "unknown argument $1; see the comments at the top" ;;
esac
