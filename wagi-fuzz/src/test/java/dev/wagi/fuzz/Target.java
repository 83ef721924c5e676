// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.fuzz;

import dev.wagi.bindle.internal.InvoiceFuzz;
import dev.wagi.config.internal.ConfigurationFuzz;
import dev.wagi.core.internal.cgi.RequestFuzz;
import dev.wagi.core.internal.cgi.ResponseFuzz;
import dev.wagi.core.internal.chicory.ModuleEditsFuzz;
import dev.wagi.core.internal.chicory.ModuleFuzz;
import dev.wagi.core.internal.chicory.RandomModuleFuzz;
import dev.wagi.core.internal.outbound.OutboundFuzz;
import dev.wagi.core.internal.route.RoutesFuzz;
import dev.wagi.core.internal.volume.VolumeFuzz;
import dev.wagi.kubernetes.internal.ManifestFuzz;
import dev.wagi.oci.OciArchiveFuzz;
import dev.wagi.oci.OciManifestFuzz;
import dev.wagi.oci.OciTextFuzz;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The fuzz targets. Each has a folder of its name in {@code corpus}, and one in {@code regressions} once it found a
 * fault.
 */
public enum Target {
    ROUTES("routes", RoutesFuzz.class, RoutesFuzz::fuzzerTestOneInput, 2048),
    REQUEST("request", RequestFuzz.class, RequestFuzz::fuzzerTestOneInput, 4096),
    RESPONSE("response", ResponseFuzz.class, ResponseFuzz::fuzzerTestOneInput, 4096),
    CONFIGURATION("configuration", ConfigurationFuzz.class, ConfigurationFuzz::fuzzerTestOneInput, 16384),
    MODULE("module", ModuleFuzz.class, ModuleFuzz::fuzzerTestOneInput, 16384),
    MODULE_EDITS("module-edits", ModuleEditsFuzz.class, ModuleEditsFuzz::fuzzerTestOneInput, 64),
    RANDOM_MODULE("random-module", RandomModuleFuzz.class, RandomModuleFuzz::fuzzerTestOneInput, 4096),
    OUTBOUND("outbound", OutboundFuzz.class, OutboundFuzz::fuzzerTestOneInput, 1024),
    INVOICE("invoice", InvoiceFuzz.class, InvoiceFuzz::fuzzerTestOneInput, 8192),
    MANIFEST("manifest", ManifestFuzz.class, ManifestFuzz::fuzzerTestOneInput, 8192),
    VOLUME("volume", VolumeFuzz.class, VolumeFuzz::fuzzerTestOneInput, 512),
    OCI_TEXT("oci-text", OciTextFuzz.class, OciTextFuzz::fuzzerTestOneInput, 1024),
    OCI_MANIFEST("oci-manifest", OciManifestFuzz.class, OciManifestFuzz::fuzzerTestOneInput, 8192),
    OCI_ARCHIVE("oci-archive", OciArchiveFuzz.class, OciArchiveFuzz::fuzzerTestOneInput, 8192);

    /**
     * Runs a target with one input. A broken promise is an {@link AssertionError}; any other exception is a failure as
     * well.
     */
    @FunctionalInterface
    public interface Run {
        /** Runs the target. */
        void with(byte[] input) throws Exception;
    }

    /** The name of its folder. */
    public final String folder;

    /** The class that Jazzer calls. */
    public final Class<?> type;

    /** The method of that class. */
    public final Run run;

    /** The maximum length of an input in bytes. */
    public final int maxLength;

    Target(String folder, Class<?> type, Run run, int maxLength) {
        this.folder = folder;
        this.type = type;
        this.run = run;
        this.maxLength = maxLength;
    }

    /** Returns the initial inputs for fuzzing, which each build also runs once. */
    public Path corpus() {
        return home().resolve("corpus").resolve(folder);
    }

    /** Returns the inputs that once found a fault. */
    public Path regressions() {
        return home().resolve("regressions").resolve(folder);
    }

    /** Returns the folder of this Maven module. */
    public static Path home() {
        return Path.of(System.getProperty("wagi.root", "..")).resolve("wagi-fuzz");
    }

    /** Returns the files of a folder, sorted; none if the folder does not exist. */
    public static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
