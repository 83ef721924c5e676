// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of resolving a path: a name in an open directory.
 *
 * @param directory where it is
 * @param isOwned whether the directory is closed with the target
 * @param parents the names from the root of the volume to the directory
 * @param name the name, or {@code .} for the directory itself
 * @param attributes the attributes of the name; null if it does not exist
 * @param mustBeDirectory whether the path requires a directory, because it ends with a slash
 */
record Target(
        HostDirectory directory,
        boolean isOwned,
        List<String> parents,
        String name,
        @Nullable BasicFileAttributes attributes,
        boolean mustBeDirectory)
        implements Closeable {

    boolean isItself() {
        return name.equals(".");
    }

    /** Returns its names from the root. */
    List<String> names() {
        if (isItself()) {
            return parents;
        }
        List<String> all = new ArrayList<>(parents);
        all.add(name);
        return all;
    }

    /** Returns its attributes; fails if it does not exist, or is not a directory although the path requires one. */
    BasicFileAttributes exists() throws VolumeException {
        if (attributes == null) {
            throw new VolumeException(Reason.NOT_FOUND);
        }
        FileStatus.Type type = FileStatus.Type.of(attributes);
        if (mustBeDirectory && type != FileStatus.Type.DIRECTORY) {
            throw new VolumeException(Reason.NOT_DIRECTORY);
        }
        return attributes;
    }

    /** Returns its current attributes. */
    BasicFileAttributes look() throws IOException {
        BasicFileAttributes now = directory.attributes(name);
        if (now == null) {
            throw new VolumeException(Reason.NOT_FOUND);
        }
        return now;
    }

    @Override
    public void close() {
        if (isOwned) {
            HostDirectory.close(directory);
        }
    }
}
