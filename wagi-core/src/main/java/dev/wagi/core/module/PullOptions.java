// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration says about how a module is to be fetched, in addition to where it is: what a Kubernetes manifest says
 * with {@code imagePullPolicy} and {@code imagePullSecrets}. A resolver may ignore what has no meaning for it. Immutable.
 */
public final class PullOptions {

    private static final PullOptions NONE = new PullOptions(null, List.of());

    private final @Nullable PullPolicy policy;
    private final List<String> pullSecrets;

    private PullOptions(@Nullable PullPolicy policy, List<String> pullSecrets) {
        this.policy = policy;
        this.pullSecrets = pullSecrets;
    }

    /** No options: no policy and no secrets. */
    public static PullOptions none() {
        return NONE;
    }

    /** A copy with another {@link #policy()}. */
    public PullOptions withPolicy(PullPolicy when) {
        return new PullOptions(Objects.requireNonNull(when, "when"), pullSecrets);
    }

    /** A copy with other {@link #pullSecrets()}. */
    public PullOptions withPullSecrets(Collection<String> texts) {
        return new PullOptions(policy, List.copyOf(texts));
    }

    /** When the place it comes from is asked; empty if nothing was said, which leaves it to the resolver. */
    public Optional<PullPolicy> policy() {
        return Optional.ofNullable(policy);
    }

    /** Credentials for this module, each in the form of Docker's {@code config.json}, to be tried before others. */
    public List<String> pullSecrets() {
        return pullSecrets;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PullOptions that && policy == that.policy && pullSecrets.equals(that.pullSecrets);
    }

    @Override
    public int hashCode() {
        return Objects.hash(policy, pullSecrets);
    }

    /** The policy and the number of secrets, not the secrets. */
    @Override
    public String toString() {
        return "PullOptions[policy=" + policy + ", pullSecrets=" + pullSecrets.size() + "]";
    }
}
