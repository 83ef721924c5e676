// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.core.internal.volume.VolumeDirectories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The directories of a host, without a host. */
final class PodDirectories implements Manifest.Directories, AutoCloseable {

    private final VolumeDirectories directories;

    PodDirectories() {
        this.directories = new VolumeDirectories();
    }

    PodDirectories(long maxBytes) {
        this.directories = new VolumeDirectories(maxBytes);
    }

    /** Simulates a host that is built or reloaded. */
    PodDirectories begin() {
        directories.begin();
        return this;
    }

    /** Simulates a host that serves what was read last. */
    void keep() {
        directories.keep();
    }

    @Override
    public Path directory(Map<String, byte[]> files) throws IOException {
        return directories.filled(files);
    }

    @Override
    public Path emptyDirectory(String owner, String name) throws IOException {
        return directories.empty(owner, name);
    }

    @Override
    public void close() {
        directories.close();
    }
}
