// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What every transport must do, as abstract tests that {@code wagi-http} and {@code wagi-server} extend in a package of this
 * name, and the guests and clients that all of their tests share.
 */
package dev.wagi.transport;
