// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.sandbox.Escape;
import dev.wagi.core.sandbox.GuestIo;
import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.GuestOutput;
import dev.wagi.core.sandbox.GuestStrings;
import dev.wagi.core.sandbox.GuestTrapException;
import dev.wagi.core.sandbox.SandboxLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;

/**
 * Assembles WebAssembly text with wabt's {@code wat2wasm}, which is a WASI module itself and runs here as a guest: the text
 * is its standard input, the module its standard output.
 *
 * <p>wabt is optional and has no module descriptor, so it is found by name: see RATIONALE.md.
 */
public final class WatAssembler {

    private static final SandboxLimits LIMITS = SandboxLimits.of(Limits.defaults());

    private WatAssembler() {}

    /**
     * Assembles a module.
     *
     * @throws ModuleLoadException if the assembler is not on the class path or refuses the text
     */
    public static byte[] assemble(String name, byte[] text) {
        Output stdout = new Output();
        Output stderr = new Output();
        ByteArrayInputStream stdin = new ByteArrayInputStream(text);
        GuestIo io = GuestIo.of(
                GuestStrings.of("wat2wasm", "-", "--output=-"), GuestStrings.none(), stdin::read, stdout, stderr);
        int code;
        try {
            code = assembler().instantiate().run("_start", io);
        } catch (ReflectiveOperationException e) {
            throw new ModuleLoadException(
                    name
                            + " is WebAssembly text; add com.dylibso.chicory:wabt:1.0.0 to the class path, or assemble it to"
                            + " .wasm",
                    e);
        } catch (GuestTrapException e) {
            throw new ModuleLoadException(
                    name + " cannot be assembled: the assembler fails (" + e.getMessage()
                            + "), as it does with deeply nested text; assemble it to .wasm with another one",
                    e);
        } catch (IOException e) {
            throw new ModuleLoadException(name + " cannot be assembled: " + e.getMessage(), e);
        }
        if (code != 0) {
            // "-:3:14: error: unexpected token", then the line and a marker below it.
            String reason = stderr.bytes
                    .toString(StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("wat2wasm gave no reason")
                    .replaceFirst("^-:(\\d+):(\\d+): error: ", "line $1, column $2: ");
            throw new ModuleLoadException(name + " cannot be assembled: " + Escape.line(reason));
        }
        return stdout.bytes.toByteArray();
    }

    /** The assembler is a good guest, but what it is given to read is a stranger's. */
    private static GuestModule assembler() throws ReflectiveOperationException {
        Class<?> wabt = Class.forName("com.dylibso.chicory.wabt.Wat2WasmModule");
        WasmModule module = (WasmModule) wabt.getMethod("load").invoke(null);
        Method create = wabt.getMethod("create", Instance.class);
        return new ChicoryCode(
                        "wat2wasm",
                        new ModuleCompiler.Compiled(instance -> machine(create, instance), module, Reuse.NEVER, false),
                        ChicoryEngine.link("wat2wasm", module),
                        GuestHeap.SHARED)
                .module(LIMITS);
    }

    private static Machine machine(Method create, Instance instance) {
        try {
            return (Machine) create.invoke(null, instance);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("BUG: wabt does not fit this version of Chicory; please report this", e);
        }
    }

    private static final class Output implements GuestOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes.write(buffer, offset, length);
        }

        @Override
        public void flush() {
            // Everything stays in memory.
        }
    }
}
