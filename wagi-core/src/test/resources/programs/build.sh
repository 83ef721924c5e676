#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Builds the programs of ProgramsTest beside their sources, with Debian's clang, lld, wasi-libc, libclang-rt-14-dev-wasm32,
# rustc and libstd-rust-dev-wasm32. The one of Go is too large to be kept; the test builds it where Go is installed.

set -eu
cd "$(dirname -- "$0")"
"${CLANG:-clang}" --target=wasm32-wasi -std=gnu11 -Wall -Wextra -Werror -Oz -ffile-prefix-map="$PWD=." -Wl,--strip-all \
    -o files-c.wasm files.c
# Debian's compiler is the one that finds Debian's standard library for wasm32-wasi.
"${RUSTC:-/usr/bin/rustc}" --edition 2021 --target wasm32-wasi -C opt-level=z -C lto -C codegen-units=1 -C panic=abort \
    -C strip=symbols --remap-path-prefix "$PWD=." -o files-rust.wasm files.rs
chmod 644 files-c.wasm files-rust.wasm
