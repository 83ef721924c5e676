// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name in the store, and what it refers to.
 *
 * @param reference the name for {@link ContentStore#find}; at most 512 printable ASCII characters without spaces
 * @param manifest the manifest or index that the name points to
 * @param mediaType the media type of that manifest or index
 * @param fetched when the registry last confirmed it; null if it was seeded, and thus is never collected
 * @param kind the kind of image, a word of the caller's choice; null if it is not known
 * @param module the module of the image, or, for a {@link #SIGNATURE}, the signed image; null if it is not known
 * @param credentials opaque hashes of the credentials with which it was fetched, or {@link #NOBODY} for anonymous
 *     access; empty if unknown, as for seeded names. At most {@value #MAX_CREDENTIALS} words of 1 to 128 letters,
 *     digits, {@code -} and {@code _}
 * @param content the content, besides the manifest, that the registry served or confirmed under this name and that may
 *     be read through it. At most {@value #MAX_CONTENT} digests; empty if it was seeded, because then everything that
 *     its manifests refer to may be read
 */
public record StoredReference(
        String reference,
        Digest manifest,
        String mediaType,
        @Nullable Instant fetched,
        @Nullable String kind,
        @Nullable Digest module,
        Set<String> credentials,
        Set<Digest> content) {

    /** The kind of a signature, which is removed together with its image. */
    public static final String SIGNATURE = "signature";

    /** Stands in place of a hash: the content was fetched without credentials. */
    public static final String NOBODY = "anonymous";

    /**
     * Stands in place of a hash: no single credential was accepted for all of the content, so the registry is asked
     * each time.
     */
    public static final String SEVERAL = "several";

    /** The maximum number of an image's digests that are recorded; the registry is asked for further content. */
    public static final int MAX_CONTENT = 256;

    static final int MAX_CREDENTIALS = 32;

    private static final Pattern REFERENCE = Pattern.compile("[!-~]{1,512}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    /**
     * Validates the components.
     *
     * @throws IllegalArgumentException if a component is not as described
     */
    public StoredReference {
        if (!isName(reference)) {
            throw new IllegalArgumentException(
                    "a reference must be 1 to 512 printable ASCII characters without spaces");
        }
        if (kind != null && !isWord(kind)) {
            throw new IllegalArgumentException("a kind must be a word of letters, digits, '-' and '_'");
        }
        if (credentials.size() > MAX_CREDENTIALS || !credentials.stream().allMatch(StoredReference::isWord)) {
            throw new IllegalArgumentException(
                    "credentials must be at most " + MAX_CREDENTIALS + " hashes of letters, digits, '-' and '_'");
        }
        if (content.size() > MAX_CONTENT) {
            throw new IllegalArgumentException("content must be at most " + MAX_CONTENT + " digests");
        }
        credentials = java.util.Collections.unmodifiableSet(new TreeSet<>(credentials));
        content = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(content));
    }

    /** Whether it was seeded by an operator rather than pulled. */
    public boolean isSeeded() {
        return fetched == null;
    }

    /** Whether it is the signature of an image. */
    boolean isSignature() {
        return SIGNATURE.equals(kind) && module != null;
    }

    static boolean isName(String text) {
        return REFERENCE.matcher(text).matches();
    }

    static boolean isWord(String text) {
        return WORD.matcher(text).matches();
    }
}
