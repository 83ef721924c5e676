// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Man pages and completions of shells, generated from the options that the commands declare. */
@org.jspecify.annotations.NullMarked
package dev.wagi.cli.manual;
