#!/bin/sh
# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0

# Makes TinyGo in the folder that is named, from its Go module and Debian's packages, where its own packages cannot be had:
#
#   apt-get install --no-install-recommends clang-19 lld-19 llvm-19-dev libclang-19-dev libclang-rt-19-dev-wasm32 wasi-libc binaryen
#   ./tinygo.sh /tmp/tinygo
#   TINYGO=/tmp/tinygo/tinygo ./build.sh tinygo-hello echo-tinygo
#
# The module has none of TinyGo's submodules. So wasip1 is linked with Debian's C library and compiler-rt instead, and without
# package net.

set -eu

VERSION=v0.39.0
GO=go1.25.0 # the newest that this version works with

[ $# = 1 ] || {
  echo "usage: $0 FOLDER" >&2
  exit 1
}
mkdir -p "$1"
cd "$1"
[ -f go.mod ] || go mod init tinygo-maker
modules=$(go mod download -json "github.com/tinygo-org/tinygo@$VERSION" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
[ -d root ] || cp -R "$modules" root
chmod -R u+w root
mkdir -p root/src/net lib
cp /usr/lib/wasm32-wasi/libc.a lib/libc.a
llvm-ar-19 d lib/libc.a dlmalloc.o # TinyGo has its own
sed -e '/"libc":/d' -e '/"rtlib":/d' -e '/gc_boehm/d' -e 's/\(asm_tinygowasm.S"\),/\1/' \
  -e "s|\"--no-demangle\"|\"--no-demangle\", \"-L$PWD/lib\", \"-lc\", \"/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a\"|" \
  -e 's|"-mbulk-memory"|"--sysroot=/usr", "-I/usr/include/wasm32-wasi", "-mbulk-memory"|' \
  "$modules/targets/wasip1.json" >root/targets/wasip1.json
(cd root && GOTOOLCHAIN=$GO CGO_ENABLED=1 go build -tags llvm19 -o ../bin/tinygo .)
goroot=$(cd root && GOTOOLCHAIN=$GO go env GOROOT)
cat >tinygo <<END
#!/bin/sh
GOTOOLCHAIN=local GOROOT=$goroot PATH=$goroot/bin:\$PATH TINYGOROOT=$PWD/root WASMOPT=\$(command -v wasm-opt) exec $PWD/bin/tinygo "\$@"
END
chmod +x tinygo
./tinygo version
