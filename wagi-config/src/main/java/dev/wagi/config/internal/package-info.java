// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Reads configurations: text to trees, trees to settings, settings to calls of the Java builder. */
@NullMarked
package dev.wagi.config.internal;

import org.jspecify.annotations.NullMarked;
