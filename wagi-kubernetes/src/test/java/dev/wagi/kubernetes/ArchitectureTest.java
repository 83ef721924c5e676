// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes;

import dev.wagi.core.Boundaries;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final Boundaries MAIN = Boundaries.of("dev.wagi.kubernetes");

    @Test
    void others_areUsedThroughWhatTheyExport() {
        MAIN.checkUses("dev.wagi.core.internal.cgi", "dev.wagi.core.internal.sandbox", "dev.wagi.config.internal");
    }

    @Test
    void exportedTypes_areThese() {
        MAIN.checkExports(KubernetesManifests.class);
    }

    @Test
    void packages_areNullMarked() throws ClassNotFoundException {
        MAIN.checkPackages();
    }
}
