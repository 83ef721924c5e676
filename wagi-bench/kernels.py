# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a kernel under the package wasmtime, and prints the median of the milliseconds that a request takes.

kernels.py MODULE ENTRYPOINT CHECKSUM SECONDS

A request is a new store and a new instance, as WAGI's is; that takes some ten microseconds. Kernels take milliseconds.
"""

import os
import statistics
import sys
import tempfile
import time

import wasmtime


def main(path, entrypoint, checksum, seconds):
    engine = wasmtime.Engine()
    module = wasmtime.Module.from_file(engine, path)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "output")

        def request():
            began = time.perf_counter()
            store = wasmtime.Store(engine)
            wasi = wasmtime.WasiConfig()
            wasi.stdout_file = output
            wasi.env = [("REQUEST_METHOD", "GET")]
            store.set_wasi(wasi)
            instance = linker.instantiate(store, module)
            instance.exports(store)[entrypoint](store)
            return (time.perf_counter() - began) * 1e3

        request()
        with open(output, encoding="utf-8") as file:
            text = file.read()
        if not text.endswith(checksum + "\n"):
            sys.exit(f"{entrypoint} prints {text!r} under wasmtime, not the checksum {checksum}")
        times = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < 3:
            times.append(request())
    print(f"{statistics.median(times):.3f}")


main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
