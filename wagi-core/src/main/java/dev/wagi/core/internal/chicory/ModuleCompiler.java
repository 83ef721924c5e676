// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.sun.management.HotSpotDiagnosticMXBean;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.cache.CompileCache;
import dev.wagi.core.sandbox.Escape;
import java.lang.management.ManagementFactory;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
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
        Function<Instance, Machine> machines = code == null ? null : load(name, code);
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
        CompiledCode plain = plain(name, module);
        CompiledCode code;
        Function<Instance, Machine> machines;
        try {
            code = plain.improved(module, new BitSet());
            machines = code.load(true);
        } catch (LinkageError | RuntimeException e) {
            Function<Instance, Machine> unimproved = unimproved(name, plain);
            BitSet left = invalid(plain, module);
            LOG.warn(
                    "the improved code of {} is not valid, plain code is used for {}; this is a bug, please report it",
                    name,
                    left == null
                            ? "all of it"
                            : first(left.stream()
                                    .mapToObj(function -> CompiledCode.name(module, function))
                                    .toList()),
                    e);
            if (left == null) {
                return compiled(name, plain, binary, unimproved);
            }
            code = plain.improved(module, left);
            machines = code.load(true);
        }
        if (cache != null) {
            cache.put(Fingerprint.of(digest), code.toBytes());
        }
        return compiled(name, code, binary, machines);
    }

    /** The engine's own code: the module is valid, so what fails is the engine's compiler. */
    private static CompiledCode plain(String name, WasmModule module) {
        try {
            return CompiledCode.plain(module);
        } catch (RuntimeException e) {
            throw notCompiled(name, e);
        }
    }

    private static Function<Instance, Machine> unimproved(String name, CompiledCode plain) {
        try {
            return plain.load(true);
        } catch (LinkageError e) {
            throw notCompiled(name, e);
        }
    }

    private static ModuleLoadException notCompiled(String name, Throwable e) {
        return new ModuleLoadException(
                name + " is valid, but cannot be compiled: "
                        + Escape.text(String.valueOf(e).lines().findFirst().orElse(""))
                        + "; use the interpreter, or build the module with other options (wasm-opt -O)",
                e);
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

    /** The functions of which our pass makes code that the JVM refuses; null if that does not help. */
    private static @Nullable BitSet invalid(CompiledCode plain, WasmModule module) {
        int imported = module.importSection().count(ExternalType.FUNCTION);
        int functions = imported + module.functionSection().functionCount();
        Predicate<BitSet> valid = improved -> {
            BitSet left = (BitSet) improved.clone();
            left.flip(0, functions);
            try {
                plain.improved(module, left).load(true);
                return true;
            } catch (LinkageError | RuntimeException e) {
                return false;
            }
        };
        return valid.test(new BitSet()) ? invalid(imported, functions, valid) : null;
    }

    /**
     * Finds the functions that are not valid once they are improved, by halves.
     *
     * @param first of all functions
     * @param last behind the last one
     * @param valid whether it would be valid to improve some functions and no others
     */
    static BitSet invalid(int first, int last, Predicate<BitSet> valid) {
        BitSet found = new BitSet();
        BitSet some = new BitSet();
        some.set(first, last);
        if (valid.test(some)) {
            return found;
        }
        if (last - first == 1) {
            return some;
        }
        int middle = (first + last) >>> 1;
        found.or(invalid(first, middle, valid));
        found.or(invalid(middle, last, valid));
        return found;
    }

    private static @Nullable Function<Instance, Machine> load(String name, CompiledCode code) {
        try {
            return code.load(false);
        } catch (LinkageError e) {
            LOG.warn(
                    "the compiled code of {} in the cache is not valid, it is compiled again; this is a bug, please report it",
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
