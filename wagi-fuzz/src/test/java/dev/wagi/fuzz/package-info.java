// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Which fuzz targets there are, the replay of their inputs, and the run with Jazzer. */
@org.jspecify.annotations.NullMarked
package dev.wagi.fuzz;
