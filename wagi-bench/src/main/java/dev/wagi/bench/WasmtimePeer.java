// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import io.github.kawamuray.wasmtime.Engine;
import io.github.kawamuray.wasmtime.Extern;
import io.github.kawamuray.wasmtime.Func;
import io.github.kawamuray.wasmtime.ImportType;
import io.github.kawamuray.wasmtime.Instance;
import io.github.kawamuray.wasmtime.Linker;
import io.github.kawamuray.wasmtime.Module;
import io.github.kawamuray.wasmtime.Store;
import io.github.kawamuray.wasmtime.WasmFunctionError;
import io.github.kawamuray.wasmtime.wasi.WasiCtx;
import io.github.kawamuray.wasmtime.wasi.WasiCtxBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Wasmtime through JNI. Its WASI supports only files as standard streams, so output is written to a file, in memory if
 * the machine has a file system for that.
 */
final class WasmtimePeer implements Peer {

    private static final Path NOTHING = Path.of("/dev/null");
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Program program;
    private final Engine engine = new Engine();
    private final Module module;
    private final ImportType[] imports;
    private final Linker linker;
    private final boolean shared;
    private final Path stdout;

    WasmtimePeer(Program program, boolean shared) {
        this.program = program;
        this.shared = shared;
        this.module = Module.fromBinary(engine, program.module());
        this.imports = module.imports();
        this.linker = new Linker(engine);
        WasiCtx.addToLinker(linker);
        try {
            this.stdout = Files.isWritable(MEMORY)
                    ? Files.createTempFile(MEMORY, "wagi-bench", ".out")
                    : Files.createTempFile("wagi-bench", ".out");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void answer(BodySink sink) throws IOException {
        WasiCtxBuilder builder = new WasiCtxBuilder()
                .stdin(NOTHING)
                .stdout(stdout)
                .stderr(NOTHING)
                .arg("/app");
        program.environment().forEach(builder::env);
        try (WasiCtx wasi = builder.build();
                Store<Void> store = new Store<>(null, engine, wasi)) {
            if (shared) {
                List<Extern> externs = new ArrayList<>(imports.length);
                for (ImportType wanted : imports) {
                    externs.add(
                            linker.get(store, wanted.module(), wanted.name()).orElseThrow());
                }
                try (Instance instance = new Instance(store, module, externs);
                        Func function =
                                instance.getFunc(store, program.entrypoint()).orElseThrow()) {
                    call(store, function);
                }
            } else {
                try (Linker own = new Linker(engine)) {
                    WasiCtx.addToLinker(own);
                    own.module(store, "", module);
                    try (Func function = own.get(store, "", program.entrypoint())
                            .orElseThrow()
                            .func()) {
                        call(store, function);
                    }
                }
            }
        }
        sink.printed(Files.readAllBytes(stdout));
    }

    private static void call(Store<Void> store, Func function) {
        try {
            function.call(store);
        } catch (WasmFunctionError.I32ExitError e) {
            if (e.exitCode() != 0) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        linker.close();
        module.close();
        engine.close();
        try {
            Files.deleteIfExists(stdout);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
