// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who may have something, among those who ask for it.
 *
 * @param isEverybody whether no credentials are needed
 * @param credentials each of which suffices; empty if none does by itself, or if none is needed
 */
public record Holders(boolean isEverybody, Set<Credentials> credentials) {

    /** Without credentials. */
    public static final Holders EVERYBODY = new Holders(true, Set.of());

    /** Copies the set. */
    public Holders {
        credentials = Set.copyOf(credentials);
    }

    /** With any of these credentials. */
    static Holders of(Set<Credentials> credentials) {
        return new Holders(false, credentials);
    }

    /**
     * Those who may have all that a registry served.
     *
     * @param accepted whose requests it answered; empty stands for nobody's
     */
    static Holders accepted(Set<Optional<Credentials>> accepted) {
        Holders all = EVERYBODY;
        for (Optional<Credentials> each : accepted) {
            all = each.isEmpty() ? all : all.and(of(Set.of(each.get())));
        }
        return all;
    }

    /** Those who may have both. */
    Holders and(Holders other) {
        if (isEverybody || other.isEverybody) {
            return isEverybody ? other : this;
        }
        Set<Credentials> both = new HashSet<>(credentials);
        both.retainAll(other.credentials);
        return of(both);
    }
}
