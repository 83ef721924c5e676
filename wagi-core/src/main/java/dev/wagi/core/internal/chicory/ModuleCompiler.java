// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import com.sun.management.HotSpotDiagnosticMXBean;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.cache.CompileCache;
import dev.wagi.core.internal.cache.PackagedCode;
import dev.wagi.core.internal.sandbox.Escape;
import java.lang.management.ManagementFactory;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns modules into classes, once per module and, with a cache, once for all starts. Thread-safe. */
final class ModuleCompiler {

    private static final Logger LOG = LoggerFactory.getLogger(ModuleCompiler.class);

    /** Before the key of a text module's binary. */
    private static final String TEXT = "text-";

    /** Before the key of an empty entry: the module is valid. */
    private static final String VALID = "valid-";

    private static final byte[] NOTHING = {};

    /** How many functions a message names. */
    private static final int MAX_NAMES = 5;

    /**
     * Compiling, leaving invalid functions unimproved, leaving those that still are to the interpreter, and one to
     * spare.
     */
    private static final int ROUNDS = 4;

    private final @Nullable CompileCache cache;
    /** The bytes of memory for each byte of a class, and for each byte of a module that is interpreted; an estimate. */
    private static final int CLASS_FACTOR = 4;

    private static final int PARSED_FACTOR = 60;

    private final @Nullable PackagedCode packaged;
    private final Supplier<@Nullable PatchedCompiler> patched;
    private final int limit;

    /**
     * A compiler.
     *
     * @param cache where compiled modules are kept, if anywhere
     * @param packaged modules that were compiled when the application was built
     */
    ModuleCompiler(@Nullable CompileCache cache, @Nullable PackagedCode packaged) {
        this(cache, packaged, PatchedCompiler::shared, CodePass.COMPILED);
    }

    /**
     * The same for tests.
     *
     * @param patched gives null if the engine's compiler cannot be patched
     * @param limit the largest size of a method that is not split
     */
    ModuleCompiler(@Nullable CompileCache cache, Supplier<@Nullable PatchedCompiler> patched, int limit) {
        this(cache, null, patched, limit);
    }

    private ModuleCompiler(
            @Nullable CompileCache cache,
            @Nullable PackagedCode packaged,
            Supplier<@Nullable PatchedCompiler> patched,
            int limit) {
        this.cache = cache;
        this.packaged = packaged;
        this.patched = patched;
        this.limit = limit;
    }

    /**
     * What instances are made with.
     *
     * @param machines makes the machine of an instance
     * @param module what the machine does not know
     * @param reuse when instances may be used again
     * @param interpreted whether any function is interpreted
     * @param names of the functions
     * @param bytes what all that takes of memory, roughly
     */
    record Compiled(
            Function<Instance, Machine> machines,
            WasmModule module,
            Reuse reuse,
            boolean interpreted,
            FunctionNames names,
            long bytes) {}

    /** A module all of which is interpreted. */
    static Compiled interpreted(byte[] binary, WasmModule module) {
        return new Compiled(
                GuestInterpreter::new,
                module,
                Reuse.of(module, true),
                true,
                FunctionNames.of(binary),
                (long) binary.length * PARSED_FACTOR);
    }

    /**
     * Takes a module from the cache.
     *
     * @param name what messages call it
     * @param binary the module as its author has built it
     * @param digest of what it was given as
     * @return null if it is not there
     */
    @Nullable
    Compiled find(String name, byte[] binary, String digest) {
        CompiledCode code = kept(name, "", digest).flatMap(CompiledCode::parse).orElse(null);
        Function<Instance, Machine> machines = code == null ? null : load(name, code);
        if (code == null || machines == null) {
            return null;
        }
        return compiled(
                name, code, code.interprets() ? ModuleCheck.check(name, binary).module() : binary, machines);
    }

    /**
     * Compiles a module, and keeps it if there is a cache. What the engine's compiler fails on is interpreted, if need
     * be all of it: the module is valid.
     *
     * @param name what messages call it
     * @param binary what it was parsed from
     * @param digest of what it was given as
     */
    Compiled compile(String name, byte[] binary, String digest, WasmModule module) {
        CompiledCode code = null;
        Function<Instance, Machine> machines = null;
        Throwable failure = null;
        BitSet left = new BitSet();
        BitSet refused = new BitSet();
        for (int round = 0; machines == null && round < ROUNDS; round++) {
            try {
                code = compile(name, module, left, refused);
                machines = code.load(true);
            } catch (CancellationException e) {
                throw new ModuleLoadException(name + " was not loaded because loading was given up; try again", e);
            } catch (LinkageError | RuntimeException e) {
                failure = e;
                if (code == null || !blame(code.invalid(), left, refused)) {
                    break;
                }
            }
        }
        if (code == null || machines == null) {
            LOG.warn(
                    "{} is valid, but the engine's compiler fails on it: {}; all of it is interpreted, which is slow;"
                            + " build the module with other options (wasm-opt -O)",
                    name,
                    Escape.text(String.valueOf(failure).lines().findFirst().orElse("")),
                    failure);
            return interpreted(binary, module);
        }
        left.andNot(refused);
        if (!left.isEmpty()) {
            LOG.warn(
                    "the improved code of {} is not valid, plain code is used for {}; this is a bug, please report it",
                    name,
                    first(left.stream()
                            .mapToObj(function -> CompiledCode.name(module, function))
                            .toList()),
                    failure);
        }
        if (isKept()) {
            keep("", digest, code.toBytes());
        }
        return compiled(name, code, binary, machines);
    }

    private CompiledCode compile(String name, WasmModule module, BitSet left, BitSet refused) {
        PatchedCompiler compiler = patched.get();
        if (compiler != null) {
            CompileProgress progress = new CompileProgress(
                    module.codeSection().functionBodyCount(),
                    System::nanoTime,
                    percent -> LOG.info("{} is being compiled: {} %", name, percent));
            return CompiledCode.of(module, compiler, left, refused, limit, progress);
        }
        if (!refused.isEmpty()) {
            throw new LinkageError("the JVM refuses what the engine's compiler makes of it");
        }
        return CompiledCode.plain(module).improved(module, left);
    }

    /**
     * Functions whose code the JVM refuses are not improved in the next round, and those that were not improved already
     * are interpreted: it is the engine's code then.
     *
     * @return whether there are any
     */
    static boolean blame(BitSet invalid, BitSet left, BitSet refused) {
        BitSet again = (BitSet) invalid.clone();
        again.and(left);
        refused.or(again);
        left.or(invalid);
        return !invalid.isEmpty();
    }

    private static Compiled compiled(
            String name, CompiledCode code, byte[] binary, Function<Instance, Machine> machines) {
        report(name, code);
        Skeleton skeleton = code.skeleton(binary);
        return new Compiled(
                machines,
                skeleton.parsed(),
                code.reuse(),
                code.interprets(),
                FunctionNames.of(binary),
                code.classBytes() * CLASS_FACTOR + (long) skeleton.codeBytes() * PARSED_FACTOR);
    }

    /** Assembles a module, or takes it from the cache. */
    byte[] assemble(String name, byte[] text, String digest, TextModules texts) {
        return kept(name, TEXT, digest).orElseGet(() -> {
            byte[] binary = texts.assemble(name, text);
            keep(TEXT, digest, binary);
            return binary;
        });
    }

    /** Whether a module was compiled or validated before, as far as this user's files say. */
    boolean isValid(String name, String digest) {
        String key = Fingerprint.of(digest);
        return cache != null && (cache.has(key) || cache.get(VALID + key).isPresent())
                || packaged != null && packaged.get(name, digest, key).isPresent();
    }

    /** Notes for later starts that a module is valid. */
    void validated(String digest) {
        if (cache != null) {
            cache.put(VALID + Fingerprint.of(digest), NOTHING);
        }
    }

    private boolean isKept() {
        return cache != null || packaged != null;
    }

    private Optional<byte[]> kept(String name, String prefix, String digest) {
        if (!isKept()) {
            return Optional.empty();
        }
        String key = prefix + Fingerprint.of(digest);
        Optional<byte[]> found = packaged == null ? Optional.empty() : packaged.get(name, prefix + digest, key);
        return found.isEmpty() && cache != null ? cache.get(key) : found;
    }

    private void keep(String prefix, String digest, byte[] code) {
        if (!isKept()) {
            return;
        }
        String key = prefix + Fingerprint.of(digest);
        if (packaged != null) {
            packaged.put(prefix + digest, key, code);
        }
        if (cache != null) {
            cache.put(key, code);
        }
    }

    private static @Nullable Function<Instance, Machine> load(String name, CompiledCode code) {
        try {
            return code.load(false);
        } catch (LinkageError e) {
            LOG.warn(
                    "the compiled code of {} in the cache is not valid, it is compiled again; this is a bug, please"
                            + " report it",
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
        if (!code.failed().isEmpty()) {
            LOG.warn(
                    "{}: the engine's compiler fails on {} of its functions, which are interpreted: {}; build the"
                            + " module with other options (wasm-opt -O)",
                    name,
                    code.failed().size(),
                    first(code.failed()));
        }
        if (!code.large().isEmpty() && leavesLargeMethodsInterpreted()) {
            LOG.warn(
                    "{}: {} of its functions stay slow because HotSpot does not compile methods of more than 8000"
                            + " bytes: {}; run java with -XX:-DontCompileHugeMethods",
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
