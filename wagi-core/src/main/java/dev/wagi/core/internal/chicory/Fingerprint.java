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
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

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
                            "FlatGlobal",
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
                            "CompileThreads",
                            "CompilerPatch",
                            "Countdown",
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

    private static final String CLASS = ".class";

    /** Computed at first use, so only hosts with a cache pay for it. */
    private static final class Tools {
        private static final byte[] DIGEST = digest();

        private static byte[] digest() {
            MessageDigest digest = ModuleDigest.sha256();
            digest.update((byte) CodePass.VERSION);
            // A fixed order, whatever the map's.
            for (Class<?> anchor : byName().values()) {
                digest.update(checksums(anchor, Objects.requireNonNull(INVOLVED.get(anchor))));
            }
            return digest.digest();
        }

        private static Map<String, Class<?>> byName() {
            Map<String, Class<?>> anchors = new TreeMap<>();
            for (Class<?> anchor : INVOLVED.keySet()) {
                anchors.put(anchor.getName(), anchor);
            }
            return anchors;
        }
    }

    private Fingerprint() {}

    /**
     * The lengths and CRC-32 of class files. A jar has them in its directory, so that nothing is decompressed there.
     */
    static ByteBuffer checksums(Class<?> anchor, List<String> names) {
        ByteBuffer checksums = ByteBuffer.allocate(names.size() * 2 * Long.BYTES);
        try (Jar jar = Jar.of(anchor)) {
            for (String name : names) {
                ZipEntry entry = jar.entry(name);
                if (entry == null) {
                    byte[] bytes = bytes(anchor, name);
                    CRC32 checksum = new CRC32();
                    checksum.update(bytes);
                    checksums.putLong(bytes.length).putLong(checksum.getValue());
                } else {
                    checksums.putLong(entry.getSize()).putLong(entry.getCrc());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return checksums.flip();
    }

    private static byte[] bytes(Class<?> anchor, String name) throws IOException {
        try (InputStream in = anchor.getResourceAsStream(name + CLASS)) {
            if (in == null) {
                throw new IllegalStateException("BUG: the class " + name + " is not found; please report this");
            }
            return in.readAllBytes();
        }
    }

    /**
     * The jar with the classes of a package.
     *
     * @param file null if they are not in a jar
     * @param path of the package in it
     */
    private record Jar(@Nullable JarFile file, String path) implements AutoCloseable {

        static Jar of(Class<?> anchor) throws IOException {
            String name = anchor.getSimpleName() + CLASS;
            URL url = anchor.getResource(name);
            if (url == null || !(url.openConnection() instanceof JarURLConnection jar)) {
                return new Jar(null, "");
            }
            jar.setUseCaches(false);
            String path = String.valueOf(jar.getEntryName());
            return new Jar(jar.getJarFile(), path.substring(0, path.length() - name.length()));
        }

        @Nullable
        ZipEntry entry(String name) {
            ZipEntry entry = file == null ? null : file.getEntry(path + name + CLASS);
            return entry == null || entry.getSize() < 0 || entry.getCrc() < 0 ? null : entry;
        }

        @Override
        public void close() throws IOException {
            if (file != null) {
                file.close();
            }
        }
    }

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
