// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.IOException;

/** Bytes that arrived are not those that were asked for. They were thrown away; the store is as before. */
public final class ContentMismatchException extends IOException {

    private static final long serialVersionUID = 1;

    private final transient Digest expected;
    private final boolean resumed;

    ContentMismatchException(Digest expected, boolean resumed, String difference) {
        super("the content for " + expected + " is not what its digest says: " + difference
                + ". Nothing was kept; a proxy or the registry changed it");
        this.expected = expected;
        this.resumed = resumed;
    }

    /** What was asked for. */
    public Digest expected() {
        return expected;
    }

    /** Whether the beginning was from an earlier attempt: then it is worth to try again from the first byte. */
    public boolean isResumed() {
        return resumed;
    }
}
