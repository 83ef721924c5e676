// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.auth;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.internal.http.Timing;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps accepted authorizations by scope and by the credentials they were obtained with: a token of one user is never
 * used for another. Thread-safe.
 */
public final class TokenCache {

    private static final int MAX_ENTRIES = 1000;

    /** How long before its expiry a token is no longer used, to allow for the time in transit. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final Timing timing;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(); // guarded by this

    /** Creates an empty cache. */
    public TokenCache(Timing timing) {
        this.timing = timing;
    }

    /** The key of an entry; {@code credentials} is null for anonymous access. */
    private record Key(Scope scope, @Nullable Credentials credentials) {}

    private record Entry(String authorization, long end) {}

    /** Returns the Authorization field that was accepted, if it has not expired. */
    synchronized Optional<String> get(Scope scope, @Nullable Credentials credentials) {
        Key key = new Key(scope, credentials);
        Entry entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.end() - timing.nanos().getAsLong() <= 0) {
            entries.remove(key);
            return Optional.empty();
        }
        return Optional.of(entry.authorization());
    }

    /** Whether credentials were accepted for the scope, and may still be. */
    synchronized boolean wantsCredentials(Scope scope) {
        return entries.keySet().stream().anyMatch(key -> key.scope().equals(scope) && key.credentials() != null);
    }

    synchronized void put(Scope scope, @Nullable Credentials credentials, String authorization, Duration lifetime) {
        if (entries.size() >= MAX_ENTRIES) {
            entries.remove(entries.keySet().iterator().next());
        }
        long end = timing.nanos().getAsLong() + lifetime.minus(MARGIN).toNanos();
        entries.put(new Key(scope, credentials), new Entry(authorization, end));
    }

    synchronized void remove(Scope scope, @Nullable Credentials credentials) {
        entries.remove(new Key(scope, credentials));
    }
}
