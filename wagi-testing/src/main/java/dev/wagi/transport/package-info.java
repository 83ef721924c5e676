// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Abstract tests for the requirements of every transport, which {@code wagi-http} and {@code wagi-server} extend in a
 * package of this name, and the guests and clients that their tests share.
 */
package dev.wagi.transport;
