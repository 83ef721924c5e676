// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import dev.wagi.core.internal.sandbox.Watchdog;
import dev.wagi.fuzz.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Loads and runs a module with both engines. It must be loaded or refused, and both engines must agree. */
final class Engines {

    private static final Limits LIMITS =
            Limits.defaults().withMaxMemoryBytes(16 << 20).withMaxTableEntries(10_000);
    private static final ChicoryEngine COMPILING = new ChicoryEngine(true);
    private static final ChicoryEngine INTERPRETING = new ChicoryEngine(false);

    /**
     * The outcome of a module in one engine; the result is null if it took too long, so that nothing can be concluded.
     */
    private record Outcome(@Nullable String result, String output) {}

    /** A module that was not loaded. */
    private static final String REFUSED = "refused";

    private static final String TRAPPED = "trapped";

    private Engines() {}

    static void check(byte[] bytes) throws IOException {
        Outcome compiled = outcome(COMPILING, bytes);
        Outcome interpreted = outcome(INTERPRETING, bytes);
        if (compiled.result == null || interpreted.result == null || compiled.result.equals(REFUSED)) {
            return; // the compiler refuses some valid modules
        }
        Promise.same(compiled, interpreted, "compiled and interpreted code do the same");
    }

    private static Outcome outcome(ChicoryEngine engine, byte[] bytes) throws IOException {
        Output output = new Output();
        Watchdog.Watch watch = Watchdog.SHARED.begin(TimeUnit.MILLISECONDS.toNanos(300));
        boolean late;
        String result;
        try {
            result = run(engine, bytes, output);
        } finally {
            late = watch.end();
        }
        return new Outcome(late ? null : result, output.text());
    }

    private static String run(ChicoryEngine engine, byte[] bytes, Output output) throws IOException {
        GuestModule module;
        try {
            GuestCode code = engine.load("fuzz.wasm", bytes, ModuleDigest.of(bytes));
            module = code.module(SandboxLimits.of(LIMITS));
        } catch (ModuleLoadException e) {
            Promise.that(e.getMessage().length() < 4000, "a refusal is short");
            return REFUSED;
        }
        StringBuilder results = new StringBuilder();
        for (String entrypoint : module.entrypoints()) {
            if (results.length() > 100) {
                break;
            }
            results.append(run(module, entrypoint, output)).append(' ');
        }
        return results.toString();
    }

    private static String run(GuestModule module, String entrypoint, Output output) throws IOException {
        GuestIo io = GuestIo.of(
                GuestStrings.of("/fuzz", "a=1"),
                GuestStrings.of("REQUEST_METHOD=GET", "PATH_INFO=/x"),
                (buffer, offset, length) -> -1,
                output,
                new Output());
        try {
            return Integer.toString(module.instantiate().run(entrypoint, io));
        } catch (GuestTrapException e) {
            return TRAPPED;
        }
    }

    /** Stores the first bytes. */
    private static final class Output implements GuestOutput {
        private static final int MAX = 10_000;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes.write(buffer, offset, Math.min(length, MAX - bytes.size()));
        }

        @Override
        public void flush() {
            // Nothing is passed on.
        }

        String text() {
            return bytes.toString(java.nio.charset.StandardCharsets.ISO_8859_1);
        }
    }
}
