// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Reads configurations: parses text to trees, reads settings from trees, and passes them to the Java builder. */
@NullMarked
package dev.wagi.config.internal;

import org.jspecify.annotations.NullMarked;
