// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.node.internal.serving.Served;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The modules of a pod that were pulled, in files named after their content: a file that pods at the same address are
 * served from never changes.
 */
final class PulledModules {

    private PulledModules() {}

    /**
     * Keeps a module.
     *
     * @param directory where to
     * @param container the name of its container, of which one module is written at a time
     */
    static Served.ModuleFile keep(Path directory, String container, byte[] module) throws IOException {
        String digest = ModuleDigest.of(module);
        Path file = directory.resolve(digest + ".wasm");
        Path written = Files.write(directory.resolve(container + ".part"), module);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        return new Served.ModuleFile(file, digest);
    }

    /** Removes all files from a directory but these. */
    static void removeOthers(Path directory, Set<Path> except) throws IOException {
        List<Path> others;
        try (Stream<Path> files = Files.list(directory)) {
            others = files.filter(path -> !except.contains(path)).toList();
        }
        for (Path path : others) {
            Files.deleteIfExists(path);
        }
    }
}
