// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The command's log: SLF4J's logging and what the command says itself, as text or as JSON on standard error. */
@NullMarked
package dev.wagi.cli.log;

import org.jspecify.annotations.NullMarked;
