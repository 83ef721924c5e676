// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.internal.volume.VolumeDirectories;
import java.util.List;

/** Reads and validates sources of configurations as a host does, without loading modules. */
public final class Sources {

    private Sources() {}

    /** Returns the configuration that a source describes; it must not be used if there are problems. */
    public static WagiConfiguration check(ConfigurationSource source, Problems problems) {
        try (VolumeDirectories directories = new VolumeDirectories()) {
            directories.begin();
            Description description = Description.of(source, false, directories, problems);
            return new ConfigurationDraft("fuzz").check(List.of(description.draft()), problems);
        }
    }
}
