#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Builds the guests of the benchmarks into ../main/resources/guests: all of them, or those that are named. Needs what
# samples/modules/build.sh needs, of the same versions; unlike the samples these are not made small, because what people
# build is not either. The guest in Go is samples/modules/go-hello.
#
#   ./build.sh
#   ./build.sh kernels

set -eu

# Debian's compiler is the one that finds Debian's standard library for wasm32-wasi.
RUSTC=${RUSTC:-/usr/bin/rustc}
CLANG=${CLANG:-clang}

cd "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)"
guests=../main/resources/guests
mkdir -p "$guests"

c() { # name
  "$CLANG" --target=wasm32-wasi -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -ffile-prefix-map="$PWD=." \
    -Wl,--strip-all -o "$guests/$1.wasm" "$1.c"
}

[ $# -gt 0 ] || set -- hello printf environment kernels spin

for guest in "$@"; do
  case $guest in
    hello) wat2wasm hello.wat -o "$guests/hello.wasm" ;;
    printf | kernels | spin) c "$guest" ;;
    environment)
      "$RUSTC" --edition 2021 --target wasm32-wasi -O -C strip=symbols --remap-path-prefix "$PWD=." \
        -o "$guests/environment.wasm" environment.rs
      ;;
    *)
      echo "usage: $0 [hello|printf|environment|kernels|spin]..." >&2
      exit 1
      ;;
  esac
  chmod 644 "$guests/$guest.wasm"
  echo "$guest.wasm: $(wc -c <"$guests/$guest.wasm" | tr -d ' ') bytes"
done
