#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Builds the sample modules, each beside its source: all of them, or those that are named.
#
#   ./build.sh
#   ./build.sh hello env
#
# http-go is built only when it is named: it is large, and not kept with the others. So are those of TinyGo, which Debian does not
# have; see tinygo.sh.

set -eu

ASSEMBLYSCRIPT=0.28.20

# Debian's compiler is the one that finds Debian's standard library for wasm32-wasi.
RUSTC=${RUSTC:-/usr/bin/rustc}
CARGO=${CARGO:-/usr/bin/cargo}
CLANG=${CLANG:-clang}
TINYGO=${TINYGO:-tinygo}

usage="usage: $0 [hello|index|error|log|http-example|http-rust|env|go-hello|as-hello|echo-rust|echo-c|echo-go|echo-as|routes|reactor|files|guestbook|http-go|tinygo-hello|echo-tinygo]..."

need() { # tool, Debian package
  command -v "$1" >/dev/null 2>&1 || {
    echo "$0: $1 is missing: install the Debian package $2" >&2
    exit 1
  }
}

need_file() { # file or directory, Debian package
  [ -e "$1" ] || {
    echo "$0: $1 is missing: install the Debian package $2" >&2
    exit 1
  }
}

# Everything is built in here; only finished modules are moved beside their sources.
modules=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$modules"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Makes $work/out.wasm smaller, within the WebAssembly features that the runtime has, and moves it to $1.
finish() {
  need wasm-opt binaryen
  wasm-opt -Oz --mvp-features --enable-mutable-globals --enable-bulk-memory --enable-sign-ext \
    --enable-nontrapping-float-to-int --strip-debug --strip-producers --strip-target-features \
    "$work/out.wasm" -o "$work/small.wasm"
  chmod 644 "$work/small.wasm"
  mv "$work/small.wasm" "$1"
  echo "$1: $(wc -c <"$1" | tr -d ' ') bytes"
}

need_rust() {
  need "$RUSTC" rustc
  need wasm-ld lld
  if ! "$RUSTC" --print sysroot >/dev/null 2>&1 ||
    [ ! -d "$("$RUSTC" --print sysroot)/lib/rustlib/wasm32-wasi" ]; then
    echo "$0: $RUSTC has no wasm32-wasi: install the Debian package libstd-rust-dev-wasm32" >&2
    exit 1
  fi
}

need_c() {
  need "$CLANG" clang
  need wasm-ld lld
  need_file /usr/lib/wasm32-wasi/libc.a wasi-libc
  case $("$CLANG" --target=wasm32-wasi -print-libgcc-file-name) in
    /*) need_file "$("$CLANG" --target=wasm32-wasi -print-libgcc-file-name)" \
      "libclang-rt-14-dev-wasm32 (with the version of clang)" ;;
  esac
}

build_hello() {
  need_rust
  "$RUSTC" --edition 2021 --target wasm32-wasi -C opt-level=z -C lto -C codegen-units=1 -C panic=abort \
    -C strip=symbols --remap-path-prefix "$modules=." -o "$work/out.wasm" hello/hello.rs
  finish hello/hello.wasm
}

build_index() {
  # Nothing to build: the server assembles the text. This only checks that it can.
  need wat2wasm wabt
  wat2wasm index/index.wat -o "$work/index.wasm"
  echo "index/index.wat: valid"
}

build_error() {
  need_c
  "$CLANG" --target=wasm32-wasi -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" error/error.c
  finish error/error.wasm
}

build_log() {
  need_c
  "$CLANG" --target=wasm32-wasi -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" log/log.c -lc-printscan-no-floating-point
  finish log/log.wasm
}

build_http_example() {
  need_c
  "$CLANG" --target=wasm32-wasi -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" http-example/http_example.c -lc-printscan-no-floating-point
  finish http-example/http-example.wasm
}

build_env() {
  need_rust
  "$RUSTC" --edition 2021 --target wasm32-wasi -C opt-level=s -C lto -C codegen-units=1 -C panic=abort \
    -C strip=symbols --remap-path-prefix "$modules=." -o "$work/out.wasm" env/env.rs
  finish env/env.wasm
}

build_go_hello() {
  need go "golang-go (1.21 or newer)"
  GOOS=wasip1 GOARCH=wasm GOFLAGS='' GOWORK=off GO111MODULE=auto \
    go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$work/out.wasm" go-hello/main.go
  finish go-hello/go-hello.wasm
}

build_as_hello() {
  need npm "npm (and nodejs 20 or newer)"
  mkdir "$work/as"
  cp as-hello/as-hello.ts "$work/as/"
  (
    cd "$work/as"
    npm install --silent --no-save --no-audit --no-fund --prefix . "assemblyscript@$ASSEMBLYSCRIPT" >&2
    npx --no-install asc as-hello.ts --runtime stub --exportStart _start --use abort=as-hello/wasiAbort \
      --optimizeLevel 3 --shrinkLevel 2 --converge --outFile "$work/out.wasm"
  )
  rm -rf "$work/as"
  finish as-hello/as-hello.wasm
}

build_echo_rust() {
  need_rust
  "$RUSTC" --edition 2021 --target wasm32-wasi -C opt-level=z -C lto -C codegen-units=1 -C panic=abort \
    -C strip=symbols --remap-path-prefix "$modules=." -o "$work/out.wasm" echo-rust/echo-rust.rs
  finish echo-rust/echo-rust.wasm
}

build_echo_c() {
  need_c
  "$CLANG" --target=wasm32-wasi -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" echo-c/echo-c.c
  finish echo-c/echo-c.wasm
}

build_echo_go() {
  need go "golang-go (1.21 or newer)"
  GOOS=wasip1 GOARCH=wasm GOFLAGS='' GOWORK=off GO111MODULE=auto \
    go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$work/out.wasm" echo-go/main.go
  finish echo-go/echo-go.wasm
}

build_echo_as() {
  need npm "npm (and nodejs 20 or newer)"
  mkdir "$work/as"
  cp echo-as/echo-as.ts "$work/as/"
  (
    cd "$work/as"
    npm install --silent --no-save --no-audit --no-fund --prefix . "assemblyscript@$ASSEMBLYSCRIPT" >&2
    npx --no-install asc echo-as.ts --runtime stub --exportStart _start --use abort=echo-as/wasiAbort \
      --optimizeLevel 3 --shrinkLevel 2 --converge --outFile "$work/out.wasm"
  )
  rm -rf "$work/as"
  finish echo-as/echo-as.wasm
}

build_http_rust() {
  need_rust
  need cargo cargo
  need_file "$CARGO" cargo
  mkdir "$work/rust"
  cp http-rust/Cargo.toml http-rust/Cargo.lock http-rust/http-rust.rs "$work/rust/"
  (
    cd "$work/rust"
    # Fetched by whatever cargo there is; built by the one that goes with the compiler.
    cargo vendor --quiet --locked vendor >/dev/null
    mkdir .cargo
    printf '[source.crates-io]\nreplace-with = "vendor"\n[source.vendor]\ndirectory = "vendor"\n' >.cargo/config.toml
    RUSTC="$RUSTC" RUSTFLAGS="--remap-path-prefix $work/rust=." "$CARGO" build --quiet --offline --release \
      --target wasm32-wasi
    cp target/wasm32-wasi/release/http-rust.wasm "$work/out.wasm"
  )
  rm -rf "$work/rust"
  finish http-rust/http-rust.wasm
}

build_routes() {
  need_c
  "$CLANG" --target=wasm32-wasi -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" routes/routes.c -lc-printscan-no-floating-point
  finish routes/routes.wasm
}

build_reactor() {
  need_c
  "$CLANG" --target=wasm32-wasi -mexec-model=reactor -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" reactor/reactor.c -lc-printscan-no-floating-point
  finish reactor/reactor.wasm
}

build_files() {
  need_c
  "$CLANG" --target=wasm32-wasi -std=c11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$modules=." \
    -Wl,--strip-all -o "$work/out.wasm" files/files.c -lc-printscan-no-floating-point
  finish files/files.wasm
}

build_guestbook() {
  need_rust
  "$RUSTC" --edition 2021 --target wasm32-wasi -C opt-level=z -C lto -C codegen-units=1 -C panic=abort \
    -C strip=symbols --remap-path-prefix "$modules=." -o "$work/out.wasm" guestbook/guestbook.rs
  finish guestbook/guestbook.wasm
}

build_http_go() {
  need go "golang-go (1.21 or newer)"
  GOOS=wasip1 GOARCH=wasm GOFLAGS='' GOWORK=off GO111MODULE=auto \
    go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$work/out.wasm" http-go/main.go
  finish http-go/http-go.wasm
}

build_tinygo() { # folder
  command -v "$TINYGO" >/dev/null 2>&1 || {
    echo "$0: $TINYGO is missing: install TinyGo, or make it with tinygo.sh" >&2
    exit 1
  }
  (
    cd "$1"
    "$TINYGO" build -target=wasip1 -opt=z -no-debug -o "$work/out.wasm" main.go
  )
  finish "$1/$1.wasm"
}

[ $# -gt 0 ] || set -- hello index error log http-example http-rust env go-hello as-hello \
  echo-rust echo-c echo-go echo-as routes reactor files guestbook

for module in "$@"; do
  case $module in
    hello) build_hello ;;
    index) build_index ;;
    error) build_error ;;
    log) build_log ;;
    http-example) build_http_example ;;
    http-rust) build_http_rust ;;
    env) build_env ;;
    go-hello) build_go_hello ;;
    as-hello) build_as_hello ;;
    echo-rust) build_echo_rust ;;
    echo-c) build_echo_c ;;
    echo-go) build_echo_go ;;
    echo-as) build_echo_as ;;
    routes) build_routes ;;
    reactor) build_reactor ;;
    files) build_files ;;
    guestbook) build_guestbook ;;
    http-go) build_http_go ;;
    tinygo-hello | echo-tinygo) build_tinygo "$module" ;;
    *)
      echo "$0: unknown module $module" >&2
      echo "$usage" >&2
      exit 1
      ;;
  esac
done
