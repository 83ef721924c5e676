// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the last header block that a route's guests printed, and what it said: most guests print the same one each
 * time. Thread-safe; two threads may read the same block at once.
 */
public final class HeaderMemory {

    /** Larger ones are not worth their keep. */
    private static final int MAX_LENGTH = 1024;

    private record Known(byte[] bytes, HeaderBlock block) {}

    private final int maxFields;
    private final @Nullable HeaderBlock fixed;
    private final Set<String> denied;
    private volatile @Nullable Known last;

    /**
     * Nothing yet.
     *
     * @param maxFields how many fields a block may have
     */
    public HeaderMemory(int maxFields) {
        this(maxFields, Set.of());
    }

    /**
     * Nothing yet.
     *
     * @param maxFields how many fields a block may have
     * @param denied the names of fields that guests may not set, in lower case; they are left out
     */
    public HeaderMemory(int maxFields, Set<String> denied) {
        this.maxFields = maxFields;
        this.denied = Set.copyOf(denied);
        this.fixed = null;
    }

    private HeaderMemory(HeaderBlock fixed) {
        this.maxFields = 1;
        this.denied = Set.of();
        this.fixed = fixed;
    }

    /** Of a route whose guests print no header block: everything that they print is a document of this type. */
    public static HeaderMemory ofType(String mediaType) {
        return new HeaderMemory(HeaderBlock.ofType(mediaType));
    }

    /** What stands in the place of a header block; null if guests print one. */
    @Nullable
    HeaderBlock fixed() {
        return fixed;
    }

    /** As {@link HeaderBlock#parse}. */
    HeaderBlock parse(byte[] bytes, int length) throws GuestOutputException {
        Known known = last;
        if (known != null && Arrays.equals(known.bytes, 0, known.bytes.length, bytes, 0, length)) {
            return known.block;
        }
        HeaderBlock block = HeaderBlock.parse(bytes, length, maxFields, denied);
        if (length <= MAX_LENGTH) {
            last = new Known(Arrays.copyOf(bytes, length), block);
        }
        return block;
    }
}
