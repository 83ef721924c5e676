// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.types.ValType;
import dev.wagi.core.api.Limits;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import dev.wagi.fuzz.Promise;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Valid modules, created from the input. Each is loaded, compiled, compiled with methods that are split even if they
 * are small, and interpreted, and run in new and in used instances: results, traps, memory, globals and tables must be
 * the same.
 */
public final class RandomModuleFuzz {

    private static final SandboxLimits LIMITS =
            SandboxLimits.of(Limits.defaults().withMaxMemoryBytes(16 << 20).withMaxTableEntries(10_000));
    private static final ChicoryEngine COMPILING = new ChicoryEngine(true);
    private static final ChicoryEngine INTERPRETING = new ChicoryEngine(false);

    /**
     * The splitting limits, starting with the smallest with which many functions can be split: one block, plus entering
     * and leaving a piece.
     */
    private static final ChicoryEngine[] SPLITTING = IntStream.of(300, 600, 1200)
            .mapToObj(limit ->
                    new ChicoryEngine(new ModuleCompiler(null, PatchedCompiler::shared, limit), GuestHeap.SHARED))
            .toArray(ChicoryEngine[]::new);

    private static final GuestIo NOTHING = GuestIo.of(
            GuestStrings.none(),
            GuestStrings.none(),
            (buffer, offset, length) -> -1,
            Nowhere.INSTANCE,
            Nowhere.INSTANCE);

    private RandomModuleFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() throws IOException {
        check(RandomModule.of(0));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        check(RandomModule.of(input));
    }

    static void check(byte[] binary) throws IOException {
        String digest = ModuleDigest.of(binary);
        ChicoryModule compiled =
                (ChicoryModule) COMPILING.load("compiled", binary, digest).module(LIMITS);
        ChicoryModule interpreted =
                (ChicoryModule) INTERPRETING.load("interpreted", binary, digest).module(LIMITS);
        ChicoryModule split = (ChicoryModule) SPLITTING[binary.length % SPLITTING.length]
                .load("split", binary, digest)
                .module(LIMITS);
        ChicorySandbox usedCompiled = (ChicorySandbox) compiled.instantiate();
        ChicorySandbox usedInterpreted = (ChicorySandbox) interpreted.instantiate();
        for (String entrypoint : RandomModule.ENTRYPOINTS) {
            String expected = outcome((ChicorySandbox) compiled.instantiate(), entrypoint);
            Promise.same(
                    expected,
                    outcome((ChicorySandbox) interpreted.instantiate(), entrypoint),
                    "compiled and interpreted code do the same in " + entrypoint);
            Promise.same(
                    expected,
                    outcome((ChicorySandbox) split.instantiate(), entrypoint),
                    "split code does the same in " + entrypoint);
            usedCompiled = used(compiled, usedCompiled);
            Promise.same(expected, outcome(usedCompiled, entrypoint), "a used instance does the same, compiled");
            usedInterpreted = used(interpreted, usedInterpreted);
            Promise.same(expected, outcome(usedInterpreted, entrypoint), "a used instance does the same, interpreted");
        }
    }

    /**
     * An instance that has run everything and was restored. A host would discard an instance after a trap, but this
     * test does not.
     */
    private static ChicorySandbox used(ChicoryModule module, ChicorySandbox sandbox) throws IOException {
        for (String entrypoint : RandomModule.ENTRYPOINTS) {
            outcome(sandbox, entrypoint);
            if (!sandbox.reset()) {
                return (ChicorySandbox) module.instantiate();
            }
        }
        return sandbox;
    }

    /** The observable state after a run. */
    private static String outcome(ChicorySandbox sandbox, String entrypoint) throws IOException {
        String result;
        try {
            result = Integer.toString(sandbox.run(entrypoint, NOTHING));
        } catch (GuestTrapException e) {
            result = "trap";
        }
        Instance instance = sandbox.instance();
        FlatMemory memory = (FlatMemory) instance.memory();
        StringBuilder state = new StringBuilder(result)
                .append(", memory ")
                .append(memory.pages())
                .append(' ');
        state.append(Arrays.hashCode(memory.readBytes(0, memory.pages() << 16))).append(", globals");
        for (int i = 0; i < instance.globalCount(); i++) {
            // The interpreter may leave anything above the bits of a smaller number, where no instruction can read it.
            boolean isWide = instance.global(i).getType().equals(ValType.I64)
                    || instance.global(i).getType().equals(ValType.F64);
            long value = instance.global(i).getValue();
            state.append(' ').append(Long.toHexString(isWide ? value : (int) value));
        }
        for (int i = 0; i < instance.tableCount(); i++) {
            state.append(", table ").append(instance.table(i).size());
            for (int entry = 0; entry < instance.table(i).size(); entry++) {
                state.append(' ').append(instance.table(i).ref(entry));
            }
        }
        return state.toString();
    }

    /** Discards everything. */
    private enum Nowhere implements GuestOutput {
        INSTANCE;

        @Override
        public void write(byte[] bytes, int offset, int length) {
            // Guests here print nothing.
        }

        @Override
        public void flush() {
            // Nothing is held back.
        }
    }
}
