// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasi.WasiExitException;
import com.dylibso.chicory.wasi.WasiOptions;
import com.dylibso.chicory.wasi.WasiPreview1;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Plain Chicory: its compiler, its WASI and its memory. */
final class ChicoryPeer implements Peer {

    /** Chicory's default memory. */
    static final @Nullable Function<MemoryLimits, Memory> DEFAULT_MEMORY = null;

    private final Program program;
    private final @Nullable Function<MemoryLimits, Memory> memories;
    private final WasmModule module;
    private final Function<Instance, Machine> machines;

    ChicoryPeer(Program program, @Nullable Function<MemoryLimits, Memory> memories) {
        this.program = program;
        this.memories = memories;
        this.module = Parser.parse(program.module());
        this.machines = MachineFactoryCompiler.compile(module);
    }

    @Override
    public void answer(BodySink sink) {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        WasiOptions.Builder options = WasiOptions.builder()
                .withStdin(InputStream.nullInputStream())
                .withStdout(stdout)
                .withStderr(OutputStream.nullOutputStream())
                .withArguments(List.of("/app"));
        program.environment().forEach(options::withEnvironment);
        try (WasiPreview1 wasi =
                WasiPreview1.builder().withOptions(options.build()).build()) {
            Instance.Builder builder = Instance.builder(module)
                    .withMachineFactory(machines)
                    .withImportValues(ImportValues.builder()
                            .withFunctions(List.of(wasi.toHostFunctions()))
                            .build())
                    .withStart(false);
            if (memories != null) {
                builder.withMemoryFactory(memories);
            }
            builder.build().export(program.entrypoint()).apply();
        } catch (WasiExitException e) {
            if (e.exitCode() != 0) {
                throw e;
            }
        }
        sink.printed(stdout.toByteArray());
    }

    @Override
    public void close() {
        // No resources are held.
    }
}
