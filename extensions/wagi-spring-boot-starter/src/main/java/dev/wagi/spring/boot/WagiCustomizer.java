// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;

/**
 * A bean that adds to the host, or changes it: called in the order of the beans, after properties and the beans that
 * are picked up by their type, and again for each reload.
 */
@FunctionalInterface
public interface WagiCustomizer {

    /** Changes the builder; must not build. */
    void customize(Wagi.Builder builder);
}
