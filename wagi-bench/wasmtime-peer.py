# SPDX-FileCopyrightText: The WAGI for the JVM authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a guest under the package wasmtime, for WasmtimeComparison.java, which starts it.

wasmtime-peer.py MODULE ENTRYPOINT INPUT EXPECTED ARGV...

INPUT is a file for standard input, EXPECTED what the output has to contain. Prints the milliseconds that loading took; then, for
each line with a number of seconds on standard input, handles requests for as long, and prints the median of their
milliseconds. Both are processor time, the first one of the process, the second one of the thread.

A request is a new store and a new instance, as WAGI's is; that takes some ten microseconds. Standard output goes to a file.
"""

import os
import statistics
import sys
import tempfile
import time

import wasmtime


def main(path, entrypoint, source, expected, argv):
    began = time.process_time()
    engine = wasmtime.Engine()
    module = wasmtime.Module.from_file(engine, path)
    loaded = (time.process_time() - began) * 1e3
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "output")

        def request():
            began = time.thread_time()
            store = wasmtime.Store(engine)
            wasi = wasmtime.WasiConfig()
            wasi.stdin_file = source
            wasi.stdout_file = output
            wasi.argv = argv
            wasi.env = [("REQUEST_METHOD", "POST")]
            store.set_wasi(wasi)
            instance = linker.instantiate(store, module)
            try:
                instance.exports(store)[entrypoint](store)
            except wasmtime.ExitTrap as end:
                if end.code != 0:
                    raise
            return (time.thread_time() - began) * 1e3

        request()
        with open(output, encoding="utf-8") as file:
            text = file.read()
        if expected not in text:
            sys.exit(f"{path} prints {text!r} under wasmtime, not {expected!r}")
        print(f"{loaded:.3f}", flush=True)
        for line in sys.stdin:
            times = []
            end = time.perf_counter() + float(line)
            while time.perf_counter() < end or len(times) < 3:
                times.append(request())
            print(f"{statistics.median(times):.6f}", flush=True)


main(*sys.argv[1:5], sys.argv[5:])
