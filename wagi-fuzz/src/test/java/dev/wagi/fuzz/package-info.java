// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The list of fuzz targets, the replay of their inputs, and the runs with Jazzer. */
@org.jspecify.annotations.NullMarked
package dev.wagi.fuzz;
