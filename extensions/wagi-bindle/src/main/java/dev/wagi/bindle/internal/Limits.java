// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.time.Duration;

/**
 * The time and size limits for a source.
 *
 * @param connect the time limit for a connection
 * @param response the time limit until a response begins
 * @param overall the time limit until a response has ended
 * @param invoiceBytes the maximum size of an invoice in bytes
 * @param parcelBytes the maximum size of a parcel in bytes
 */
record Limits(Duration connect, Duration response, Duration overall, long invoiceBytes, long parcelBytes) {

    /** The overall limit is shorter than the time a module may take to load, so that the failure is reported here. */
    static final Limits DEFAULTS =
            new Limits(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(4), 4L << 20, 512L << 20);
}
