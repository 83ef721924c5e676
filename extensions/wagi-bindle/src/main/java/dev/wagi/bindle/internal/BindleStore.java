// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

/** Fetches invoices and parcels. Implementations are thread-safe. */
interface BindleStore {

    /** Where the invoice is: a path or a URL, without credentials. */
    String invoice(BindleId id);

    /** Where a parcel is: a path or a URL, without credentials. */
    String parcel(BindleId id, String sha256);

    /**
     * Fetches a file. Blocks.
     *
     * @param location one that this store has named
     * @throws BindleException if it cannot be had or is too large
     */
    void fetch(String location, Intake intake) throws BindleException;
}
