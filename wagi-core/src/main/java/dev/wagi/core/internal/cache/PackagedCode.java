// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled code among the resources of an application, made when the application was built: a compile cache that is
 * only read. Entries are {@link CacheEntry} as in a {@link CompileCache}, in files named after the modules. So code
 * that was made of another module, or by another version, is recognised, and is compiled again.
 *
 * <p>Resources are found by the class loader that finds the application's classes, so they are trusted as these are.
 *
 * <p>Thread-safe. Reading never throws: what cannot be used costs time only.
 */
public final class PackagedCode {

    private static final Logger LOG = LoggerFactory.getLogger(PackagedCode.class);

    /** Where the files are, below the roots of the class path. */
    public static final String DIRECTORY = "META-INF/wagi/compiled";

    private final Opener resources;
    private final @Nullable Path output;
    private final Consumer<String> warnings;
    private final AtomicBoolean warned = new AtomicBoolean();

    /** Names of files that this process read or wrote; others are of modules that are gone. */
    private final Set<String> used = ConcurrentHashMap.newKeySet();

    private @Nullable IOException failure;

    @FunctionalInterface
    private interface Opener {
        /** Null if there is no such file. */
        @Nullable
        InputStream open(String name) throws IOException;
    }

    private PackagedCode(Opener resources, @Nullable Path output, Consumer<String> warnings) {
        this.resources = resources;
        this.output = output;
        this.warnings = warnings;
    }

    /**
     * What a class loader finds.
     *
     * @param loader the application's; null for the one of the class path
     */
    public static PackagedCode of(@Nullable ClassLoader loader) {
        return of(loader, LOG::warn);
    }

    static PackagedCode of(@Nullable ClassLoader loader, Consumer<String> warnings) {
        ClassLoader finder = loader == null ? ClassLoader.getSystemClassLoader() : loader;
        return new PackagedCode(name -> finder.getResourceAsStream(DIRECTORY + "/" + name), null, warnings);
    }

    /**
     * What a build writes.
     *
     * @param root a root of the class path that is being built
     */
    public static PackagedCode writingTo(Path root) {
        Path output = root.resolve(DIRECTORY);
        return new PackagedCode(
                name -> Files.exists(output.resolve(name)) ? Files.newInputStream(output.resolve(name)) : null,
                output,
                outdated -> LOG.debug("{}", outdated));
    }

    /**
     * The code of a module.
     *
     * @param name what the warning calls the module
     * @param module names its file: digits, small letters and {@code -}
     * @param key as for {@link CompileCache#get}
     * @return empty if there is none, or none for this key
     */
    public Optional<byte[]> get(String name, String module, String key) {
        String file = module + CompileCache.ENTRY;
        try (InputStream in = resources.open(file)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] code = CacheEntry.read(in.readNBytes(CacheEntry.headerBytes(key) + CacheEntry.MAX_BYTES + 1), key);
            if (code == null) {
                warn(name, "was made by another version of WAGI, or is damaged");
                return Optional.empty();
            }
            used.add(file);
            return Optional.of(code);
        } catch (IOException e) {
            warn(name, "cannot be read (" + e + ")");
            return Optional.empty();
        }
    }

    private void warn(String name, String reason) {
        if (warned.compareAndSet(false, true)) {
            warnings.accept("precompiled code is not used, and modules are compiled at this start: the code of " + name
                    + " " + reason + "; build the application again, with wagi-maven-plugin and WAGI of one version");
        }
    }

    /** Writes the code of a module, if this is for writing. {@link #finish} throws what goes wrong. */
    public synchronized void put(String module, String key, byte[] code) {
        if (output == null || failure != null) {
            return;
        }
        String file = module + CompileCache.ENTRY;
        try {
            Files.createDirectories(output);
            Path temporary = output.resolve(file + PrivateDirectory.TEMPORARY);
            try (OutputStream out = Files.newOutputStream(temporary)) {
                out.write(CacheEntry.header(key, code).array());
                out.write(code);
            }
            Files.move(temporary, output.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            used.add(file);
        } catch (IOException e) {
            failure = e;
        }
    }

    /**
     * Ends writing: removes the files of modules that are gone.
     *
     * @return how many files there are
     * @throws IOException if one cannot be removed, or could not be written
     */
    public synchronized int finish() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (output != null && Files.exists(output)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(output, "*" + CompileCache.ENTRY)) {
                for (Path file : files) {
                    if (!used.contains(file.getFileName().toString())) {
                        Files.delete(file);
                    }
                }
            }
        }
        return used.size();
    }
}
