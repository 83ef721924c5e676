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
 * What is known under a name.
 *
 * @param reference the name, as {@link ContentStore#find} is asked for it; up to 512 printable ASCII characters without blanks
 * @param manifest the manifest or index that it led to
 * @param mediaType of that manifest or index
 * @param fetched when the registry last said so; null if it was seeded: then it is never collected
 * @param kind what kind of image it is, a word of the caller's; null if it is not known
 * @param module the module in it, or, of a {@link #SIGNATURE}, the image that it signs; null if it is not known
 * @param credentials by opaque hashes, whose credentials fetched it, {@link #NOBODY} among them if it was to be had without;
 *     empty if it is not known, as when it was seeded. Up to {@value #MAX_CREDENTIALS} of 1 to 128 letters, digits, {@code
 *     -} and {@code _}
 * @param content what the registry served or confirmed under this name, apart from the manifest: nothing else may be read
 *     through it. Up to {@value #MAX_CONTENT}; empty if it was seeded, because then everything that its manifests name counts
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

    /** The kind of what is kept about an image, and goes with it. */
    public static final String SIGNATURE = "signature";

    /** In the place of a hash: it was fetched without credentials. */
    public static final String NOBODY = "anonymous";

    /** In the place of a hash: no single credential was accepted for all of it, so the registry is asked each time. */
    public static final String SEVERAL = "several";

    /** How much of an image's content is noted; the registry is asked for more. */
    public static final int MAX_CONTENT = 256;

    static final int MAX_CREDENTIALS = 32;

    private static final Pattern REFERENCE = Pattern.compile("[!-~]{1,512}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if one is not as described
     */
    public StoredReference {
        if (!isName(reference)) {
            throw new IllegalArgumentException("a reference is 1 to 512 printable ASCII characters without blanks");
        }
        if (kind != null && !isWord(kind)) {
            throw new IllegalArgumentException("a kind is a word of letters, digits, '-' and '_'");
        }
        if (credentials.size() > MAX_CREDENTIALS || !credentials.stream().allMatch(StoredReference::isWord)) {
            throw new IllegalArgumentException(
                    "credentials are up to " + MAX_CREDENTIALS + " hashes of letters, digits, '-' and '_'");
        }
        if (content.size() > MAX_CONTENT) {
            throw new IllegalArgumentException("content is up to " + MAX_CONTENT + " digests");
        }
        credentials = java.util.Collections.unmodifiableSet(new TreeSet<>(credentials));
        content = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(content));
    }

    /** Whether an operator put it there, and not a pull. */
    public boolean isSeeded() {
        return fetched == null;
    }

    /** Whether it is about an image, and not one. */
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
