// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import dev.wagi.core.api.ModuleLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads modules from files. */
final class FileModules implements ModuleResolver {

    private static final Logger LOG = LoggerFactory.getLogger(FileModules.class);

    /** Far above the size of any real module, so that a device or a wrong file cannot fill the heap. */
    private static final long MAX_BYTES = 512L << 20;

    private final Path baseDirectory;

    FileModules(Path baseDirectory) {
        this.baseDirectory = baseDirectory;
    }

    @Override
    public String scheme() {
        return "file";
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        Path file = locate(reference);
        try {
            if (Files.isDirectory(file)) {
                throw new ModuleLoadException(file + " is a directory; name a .wasm or .wat file in it");
            }
            if (!Files.isRegularFile(file)) {
                throw new ModuleLoadException(file + " is not a regular file; name a .wasm or .wat file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new ModuleLoadException(file + " is larger than " + (MAX_BYTES >> 20) + " MiB; is it a module?");
            }
            return ResolvedModule.of(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new ModuleLoadException("cannot read " + file + ": " + e, e);
        }
    }

    private Path locate(ModuleReference reference) {
        Path path;
        try {
            path = Path.of(reference.location());
        } catch (InvalidPathException e) {
            throw new ModuleLoadException(
                    reference
                            + " has a character that file names do not have in this locale; set LC_ALL, for instance to"
                            + " C.UTF-8",
                    e);
        }
        // Converted to text because the directory may be in a jar.
        Path first = baseDirectory.resolve(reference.location()).normalize();
        if (Files.exists(first)) {
            return first;
        }
        boolean elsewhere = first.getFileSystem() != path.getFileSystem();
        Path second = path.toAbsolutePath().normalize();
        if ((elsewhere || !path.isAbsolute()) && Files.exists(second)) {
            LOG.info("module {} is not in {}, taken from the working directory: {}", reference, baseDirectory, second);
            return second;
        }
        throw new ModuleLoadException(
                path.isAbsolute() && !elsewhere || first.equals(second)
                        ? "there is no file " + first + "; check the path"
                        : "there is no file " + first + " and no " + second
                                + "; write the path relative to the configuration file");
    }
}
