// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What both transports need; not exported. Its entry type is {@link dev.wagi.http.internal.RequestBody}, for one request and
 * one thread.
 */
@NullMarked
package dev.wagi.http.internal;

import org.jspecify.annotations.NullMarked;
