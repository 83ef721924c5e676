// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.api.Limits;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.ModuleLabels;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A WASI command that Chicory compiled to Java classes when its library was built. It runs as a guest does, in the
 * sandbox and within the default limits: it may be trusted, but its input is a stranger's. Thread-safe.
 */
public final class PrecompiledProgram {

    private static final SandboxLimits LIMITS = SandboxLimits.of(Limits.defaults());

    private final String name;
    private final Supplier<WasmModule> module;
    private final Function<Instance, Machine> machines;

    /** Linked at the first run, and kept. There may be no room for it then, so it is tried again. */
    private volatile @Nullable GuestModule guest;

    /**
     * Describes a program; nothing is loaded before it runs.
     *
     * @param name its first argument, and what it is called in messages
     * @param module without the code of its functions, which the machines have
     * @param machines makes a machine for an instance
     */
    public PrecompiledProgram(String name, Supplier<WasmModule> module, Function<Instance, Machine> machines) {
        this.name = name;
        this.module = module;
        this.machines = machines;
    }

    private GuestModule guest() {
        GuestModule known = guest;
        if (known == null) {
            WasmModule parsed = module.get();
            known = new ChicoryCode(
                            name,
                            new ModuleCompiler.Compiled(machines, parsed, Reuse.NEVER, false, FunctionNames.NONE, 0),
                            ChicoryEngine.link(name, parsed),
                            GuestHeap.SHARED,
                            ModuleLabels.NONE,
                            false)
                    .module(LIMITS);
            guest = known;
        }
        return known;
    }

    /**
     * How a run ended.
     *
     * @param code the exit code; -1 after a trap
     * @param output what it printed to standard output
     * @param complaint the first line that it printed to standard error, escaped; empty if there is none
     * @param trap why it trapped; null if it did not
     */
    public record Outcome(
            int code,
            byte[] output,
            String complaint,
            @Nullable String trap) {}

    /**
     * Runs the program in an instance of its own.
     *
     * @param arguments without its name
     * @param input its standard input
     * @throws IOException if there is no instance for it, for instance for lack of memory
     */
    public Outcome run(List<String> arguments, byte[] input) throws IOException {
        Output stdout = new Output();
        Output stderr = new Output();
        ByteArrayInputStream stdin = new ByteArrayInputStream(input);
        String[] all = new String[arguments.size() + 1];
        all[0] = name;
        for (int i = 1; i < all.length; i++) {
            all[i] = arguments.get(i - 1);
        }
        GuestIo io = GuestIo.of(GuestStrings.of(all), GuestStrings.none(), stdin::read, stdout, stderr);
        int code = -1;
        String trap = null;
        try {
            code = guest().instantiate().run("_start", io);
        } catch (GuestTrapException e) {
            trap = String.valueOf(e.getMessage());
        }
        String complaint = stderr.bytes
                .toString(StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("");
        return new Outcome(code, stdout.bytes.toByteArray(), Escape.line(complaint), trap);
    }

    /** Everything stays in memory. */
    private static final class Output implements GuestOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes.write(buffer, offset, length);
        }

        @Override
        public void flush() {
            // Nothing to do.
        }
    }
}
