// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The callers that have access to some content.
 *
 * @param isEverybody whether no credentials are needed
 * @param credentials credentials each of which suffices; empty if no single one does, or if none are needed
 */
public record Holders(boolean isEverybody, Set<Credentials> credentials) {

    /** Access without credentials. */
    public static final Holders EVERYBODY = new Holders(true, Set.of());

    /** Copies the set. */
    public Holders {
        credentials = Set.copyOf(credentials);
    }

    /** Returns access with any of these credentials. */
    static Holders of(Set<Credentials> credentials) {
        return new Holders(false, credentials);
    }

    /**
     * Returns access to everything that a registry served.
     *
     * @param accepted the credentials of the requests that it answered; an empty element stands for an anonymous
     *     request
     */
    static Holders accepted(Set<Optional<Credentials>> accepted) {
        Holders all = EVERYBODY;
        for (Optional<Credentials> each : accepted) {
            all = each.isEmpty() ? all : all.and(of(Set.of(each.get())));
        }
        return all;
    }

    /** Returns the callers that have access to both. */
    Holders and(Holders other) {
        if (isEverybody || other.isEverybody) {
            return isEverybody ? other : this;
        }
        Set<Credentials> both = new HashSet<>(credentials);
        both.retainAll(other.credentials);
        return of(both);
    }
}
