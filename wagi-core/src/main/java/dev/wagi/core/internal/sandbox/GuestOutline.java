// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.Set;
import java.util.function.Predicate;

/**
 * What is known about a module that was validated and linked but not compiled.
 *
 * @param entrypoints the names of exported functions that have neither parameters nor results, sorted
 * @param exports whether it exports a function of that name, of any type
 * @param labels what it says about itself
 */
public record GuestOutline(Set<String> entrypoints, Predicate<String> exports, ModuleLabels labels) {}
