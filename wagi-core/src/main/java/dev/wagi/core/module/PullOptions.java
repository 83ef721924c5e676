// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.util.List;
import java.util.Optional;

/**
 * What a configuration says about how a module is to be fetched, beside where it is: what a Kubernetes manifest says with
 * {@code imagePullPolicy} and {@code imagePullSecrets}. A resolver to which something of it means nothing need not heed it.
 *
 * @param policy when the place it comes from is asked; empty if nothing was said, which is left to the resolver
 * @param pullSecrets credentials for this module, each in the form of Docker's {@code config.json}, to be tried before others
 */
public record PullOptions(Optional<Policy> policy, List<String> pullSecrets) {

    /** Nothing was said. */
    public static final PullOptions NONE = new PullOptions(Optional.empty(), List.of());

    /** Copies the list. */
    public PullOptions {
        pullSecrets = List.copyOf(pullSecrets);
    }

    /** When the place that a module comes from is asked for it. */
    public enum Policy {
        /** Each time: whether the reference still means the same. */
        ALWAYS,
        /** Only if the module is not here. */
        IF_NOT_PRESENT,
        /** Never: it is here, or that is an error. */
        NEVER
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "PullOptions[policy=" + policy + ", pullSecrets=" + pullSecrets.size() + "]";
    }
}
