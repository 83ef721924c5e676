// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.Parser;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Names what a module was compiled from and by: its bytes, the version of our pass, and the very classes of the engine
 * and of ours that compiled code calls or comes from, or that find a module valid. Version numbers alone would take
 * code of a development build for that of another.
 */
final class Fingerprint {

    /** Class files, and a class of the package that each is in. */
    static final Map<Class<?>, List<String>> INVOLVED = Map.of(
            Compiler.class, List.of("Compiler", "Emitters", "EmitterMap", "Shaded", "WasmAnalyzer"),
            Instance.class, List.of("Instance", "OpcodeImpl", "TableInstance"),
            FlatMemory.class,
                    List.of(
                            "FlatMemory",
                            "FloatOperators",
                            "TableOperators",
                            "CompiledCode",
                            "PatchedCompiler",
                            "Skeleton",
                            "FunctionTypes",
                            "Instructions",
                            "ModuleCheck",
                            "ModuleReader",
                            "OperandStack",
                            "Proposal"),
            Parser.class, List.of("Parser", "Validator"),
            CodePass.class,
                    List.of(
                            "Code",
                            "CodePass",
                            "CompilerPatch",
                            "Cuts",
                            "DeadStores",
                            "Dispatch",
                            "Emission",
                            "Flow",
                            "FrameWriter",
                            "FunctionMethods",
                            "Helpers",
                            "InterpreterBinding",
                            "Interrupts",
                            "Names",
                            "Peephole",
                            "Rebind",
                            "SingleFunctions",
                            "Slots",
                            "Splitter",
                            "Stacks",
                            "Work"));

    /** Computed at first use, so only hosts with a cache pay for it. */
    private static final class Tools {
        private static final byte[] DIGEST = digest();

        private static byte[] digest() {
            MessageDigest digest = ModuleDigest.sha256();
            digest.update((byte) CodePass.VERSION);
            // A fixed order, whatever the map's.
            INVOLVED.entrySet().stream()
                    .sorted(Comparator.comparing(entry -> entry.getKey().getName()))
                    .forEach(entry -> entry.getValue().forEach(name -> digest.update(bytes(entry.getKey(), name))));
            return digest.digest();
        }

        private static byte[] bytes(Class<?> anchor, String name) {
            try (InputStream in = anchor.getResourceAsStream(name + ".class")) {
                if (in == null) {
                    throw new IllegalStateException("BUG: the class " + name + " is not found; please report this");
                }
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Fingerprint() {}

    /**
     * 64 hexadecimal digits.
     *
     * @param digest the module's
     */
    static String of(String digest) {
        MessageDigest both = ModuleDigest.sha256();
        both.update(Tools.DIGEST);
        return HexFormat.of().formatHex(both.digest(digest.getBytes(StandardCharsets.US_ASCII)));
    }
}
