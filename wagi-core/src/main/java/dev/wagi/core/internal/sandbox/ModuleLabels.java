// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.List;

/**
 * What a module says about itself, for people: who made it, and what it imports. Anyone can write anything there, so it
 * is bounded and escaped, and nothing depends on it.
 *
 * @param toolchain names with versions, from its section {@code producers}: languages first, then tools, then SDKs
 * @param imports {@code module.name}, each once, in the order of the file
 */
public record ModuleLabels(List<String> toolchain, List<String> imports) {

    /** Nothing. */
    public static final ModuleLabels NONE = new ModuleLabels(List.of(), List.of());
}
