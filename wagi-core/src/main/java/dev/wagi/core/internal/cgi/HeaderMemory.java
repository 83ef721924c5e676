// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Caches the last header block that a route's guests printed, and its parsed form, because most guests print the same
 * one each time. Thread-safe; two threads may parse the same block concurrently.
 */
public final class HeaderMemory {

    /** Longer blocks are not worth caching. */
    private static final int MAX_LENGTH = 1024;

    private record Known(byte[] bytes, HeaderBlock block) {}

    private final int maxFields;
    private final @Nullable HeaderBlock fixed;
    private final Set<String> denied;
    private volatile @Nullable Known last;

    /**
     * Creates an empty cache.
     *
     * @param maxFields the maximum number of fields in a block
     */
    public HeaderMemory(int maxFields) {
        this(maxFields, Set.of());
    }

    /**
     * Creates an empty cache.
     *
     * @param maxFields the maximum number of fields in a block
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

    /**
     * Creates an instance for a route whose guests print no header block; their whole output is a document of this
     * type.
     */
    public static HeaderMemory ofType(String mediaType) {
        return new HeaderMemory(HeaderBlock.ofType(mediaType));
    }

    /** Returns the block to use instead of a printed one; null if guests print header blocks. */
    @Nullable
    HeaderBlock fixed() {
        return fixed;
    }

    /** Parses a block; see {@link HeaderBlock#parse}. */
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
