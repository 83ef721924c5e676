// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** What all options of the command have in common. */
@NullMarked
package dev.wagi.cli.option;

import org.jspecify.annotations.NullMarked;
