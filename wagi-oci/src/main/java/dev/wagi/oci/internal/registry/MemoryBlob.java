// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import java.util.Arrays;

/**
 * A blob that is kept only in memory. The buffer grows as bytes arrive, because the size in a descriptor is only a
 * claim.
 */
public final class MemoryBlob implements BlobSink {

    private static final int FIRST = 64 * 1024;

    private final Digest digest;
    private final int size;
    private byte[] bytes;
    private int have;

    /** Creates a sink for a blob of that digest and size. */
    public MemoryBlob(Digest digest, int size) {
        this.digest = digest;
        this.size = size;
        this.bytes = new byte[Math.min(size, FIRST)];
    }

    @Override
    public boolean isComplete() {
        return false;
    }

    @Override
    public long have() {
        return have;
    }

    @Override
    public void restart() {
        have = 0;
    }

    @Override
    public void write(byte[] more, int offset, int length) {
        if (length > size - have) {
            throw mismatch(digest, "more than the " + size + " bytes in the manifest");
        }
        if (length > bytes.length - have) {
            int doubled = (int) Math.min(size, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, Math.max(doubled, have + length));
        }
        System.arraycopy(more, offset, bytes, have, length);
        have += length;
    }

    @Override
    public void commit() {
        if (have != size) {
            throw mismatch(digest, have + " bytes instead of " + size);
        }
        bytes = bytes.length == size ? bytes : Arrays.copyOf(bytes, size);
        if (!digest.matches(bytes)) {
            have = 0;
            throw mismatch(
                    digest,
                    "the bytes hash to "
                            + Digest.ofHash(
                                    digest.algorithm(), digest.computation().digest(bytes)));
        }
    }

    @Override
    public byte[] bytes() {
        return bytes;
    }

    @Override
    public void close() {}

    static OciException.DigestMismatch mismatch(Digest digest, String difference) {
        return new OciException.DigestMismatch("the content does not match the digest " + digest + ": " + difference
                + "; nothing was stored, because a proxy or the registry changed it");
    }
}
