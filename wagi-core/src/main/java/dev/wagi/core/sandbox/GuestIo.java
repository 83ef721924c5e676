// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.sandbox;

/**
 * Everything that a guest sees of the world during one run.
 *
 * @param arguments its arguments, the first by convention its own name
 * @param environment its environment, {@code NAME=value} each
 * @param stdin descriptor 0
 * @param stdout descriptor 1
 * @param stderr descriptor 2
 */
public record GuestIo(
        GuestStrings arguments, GuestStrings environment, GuestInput stdin, GuestOutput stdout, GuestOutput stderr) {}
