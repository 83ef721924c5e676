// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The console of the administration: one page about a host, for people, and the same as JSON. */
@NullMarked
package dev.wagi.cli.console;

import org.jspecify.annotations.NullMarked;
