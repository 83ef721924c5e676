// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

/** Fetches invoices and parcels. Implementations are thread-safe. */
interface BindleStore {

    /** Returns the location of an invoice: a path or a URL, without credentials. */
    String invoice(BindleId id);

    /** Returns the location of a parcel: a path or a URL, without credentials. */
    String parcel(BindleId id, String sha256);

    /**
     * Fetches a file. Blocks.
     *
     * @param location a location that this store returned
     * @throws BindleException if the file cannot be fetched or is too large
     */
    void fetch(String location, Intake intake) throws BindleException;
}
