// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.time.Duration;

/**
 * How long to wait for a source and how much to take from it.
 *
 * @param connect until a connection stands
 * @param response until a response begins
 * @param overall until a response has ended
 * @param invoiceBytes of an invoice
 * @param parcelBytes of a parcel
 */
record Limits(Duration connect, Duration response, Duration overall, long invoiceBytes, long parcelBytes) {

    /** The overall time stays below what a module may take to load, so that the failure is told here. */
    static final Limits DEFAULTS =
            new Limits(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(4), 4L << 20, 512L << 20);
}
