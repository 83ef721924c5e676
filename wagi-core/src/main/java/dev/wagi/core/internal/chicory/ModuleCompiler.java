// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import com.sun.management.HotSpotDiagnosticMXBean;
import dev.wagi.core.internal.cache.CompileCache;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns modules into classes, once per module and, with a cache, once for all starts. Thread-safe. */
final class ModuleCompiler {

    private static final Logger LOG = LoggerFactory.getLogger(ModuleCompiler.class);

    /** How many functions a message names. */
    private static final int MAX_NAMES = 5;

    private final @Nullable CompileCache cache;

    /**
     * A compiler.
     *
     * @param cache where compiled modules are kept, if anywhere
     */
    ModuleCompiler(@Nullable CompileCache cache) {
        this.cache = cache;
    }

    /**
     * What instances are made with.
     *
     * @param machines makes the machine of an instance
     * @param module what the machine does not know
     * @param reuse when instances may be used again
     * @param interpreted whether any function is interpreted
     */
    record Compiled(Function<Instance, Machine> machines, WasmModule module, Reuse reuse, boolean interpreted) {}

    /**
     * Takes a module from the cache.
     *
     * @param name what messages call it
     * @param binary the module
     * @param digest of what it was given as
     * @return null if it is not there
     */
    @Nullable
    Compiled find(String name, byte[] binary, String digest) {
        CompiledCode code = cache == null
                ? null
                : cache.get(Fingerprint.of(digest)).flatMap(CompiledCode::parse).orElse(null);
        Function<Instance, Machine> machines = code == null ? null : load(name, code, false);
        return code == null || machines == null ? null : compiled(name, code, binary, machines);
    }

    /**
     * Compiles a module, and keeps it if there is a cache.
     *
     * @param name what messages call it
     * @param binary what it was parsed from
     * @param digest of what it was given as
     */
    Compiled compile(String name, byte[] binary, String digest, WasmModule module) {
        CompiledCode plain = CompiledCode.plain(module);
        CompiledCode code = improve(name, plain, module);
        Function<Instance, Machine> machines = code == null ? null : load(name, code, true);
        if (code == null || machines == null) {
            // Slower, but right.
            return compiled(name, plain, binary, plain.load(true));
        }
        if (cache != null) {
            cache.put(Fingerprint.of(digest), code.toBytes());
        }
        return compiled(name, code, binary, machines);
    }

    private static Compiled compiled(
            String name, CompiledCode code, byte[] binary, Function<Instance, Machine> machines) {
        report(name, code);
        return new Compiled(
                machines,
                code.skeleton(binary),
                code.reuse(),
                !code.interpreted().isEmpty());
    }

    /** Assembles a module, or takes it from the cache. */
    byte[] assemble(String name, byte[] text, String digest) {
        if (cache == null) {
            return WatAssembler.assemble(name, text);
        }
        String key = "text-" + Fingerprint.of(digest);
        return cache.get(key).orElseGet(() -> {
            byte[] binary = WatAssembler.assemble(name, text);
            cache.put(key, binary);
            return binary;
        });
    }

    private static @Nullable CompiledCode improve(String name, CompiledCode plain, WasmModule module) {
        try {
            return plain.improved(module);
        } catch (RuntimeException e) {
            LOG.warn("the code of {} cannot be improved, plain code is used; this is a bug, please report it", name, e);
            return null;
        }
    }

    private static @Nullable Function<Instance, Machine> load(String name, CompiledCode code, boolean verify) {
        try {
            return code.load(verify);
        } catch (LinkageError e) {
            LOG.warn(
                    "the improved code of {} is not valid, plain code is used; this is a bug, please report it",
                    name,
                    e);
            return null;
        }
    }

    /** Says once per module what will be slow, and how that is changed. */
    private static void report(String name, CompiledCode code) {
        if (!code.interpreted().isEmpty()) {
            LOG.warn(
                    "{}: {} of its functions are too large for the JVM and are interpreted: {}; build the module with"
                            + " optimisation, or split them",
                    name,
                    code.interpreted().size(),
                    first(code.interpreted()));
        }
        if (!code.large().isEmpty() && leavesLargeMethodsInterpreted()) {
            LOG.warn(
                    "{}: {} of its functions stay slow because HotSpot does not compile methods of more than 8000 bytes: {};"
                            + " run java with -XX:-DontCompileHugeMethods",
                    name,
                    code.large().size(),
                    first(code.large()));
        }
    }

    private static String first(List<String> names) {
        String text = String.join(", ", names.subList(0, Math.min(names.size(), MAX_NAMES)));
        return names.size() > MAX_NAMES ? text + ", ..." : text;
    }

    /** Whether the flag is at its default; JVMs that do not have it have no such limit. */
    private static boolean leavesLargeMethodsInterpreted() {
        try {
            HotSpotDiagnosticMXBean flags = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return flags != null
                    && Boolean.parseBoolean(
                            flags.getVMOption("DontCompileHugeMethods").getValue());
        } catch (IllegalArgumentException | NoClassDefFoundError e) {
            return false;
        }
    }
}
