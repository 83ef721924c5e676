// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.IOException;

/** The bytes received do not match the expected content. They were discarded; the store is unchanged. */
public final class ContentMismatchException extends IOException {

    private static final long serialVersionUID = 1;

    private final transient Digest expected;
    private final boolean resumed;

    ContentMismatchException(Digest expected, boolean resumed, String difference) {
        super("the content does not match the digest " + expected + ": " + difference
                + "; nothing was stored, because a proxy or the registry changed it");
        this.expected = expected;
        this.resumed = resumed;
    }

    /** Returns the expected digest. */
    public Digest expected() {
        return expected;
    }

    /** Whether the beginning came from an earlier attempt; then a retry from the first byte may succeed. */
    public boolean isResumed() {
        return resumed;
    }
}
