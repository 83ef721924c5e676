// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Options of a configuration for fetching a module, such as {@code imagePullPolicy} and {@code imagePullSecrets} of a
 * Kubernetes manifest. A resolver may ignore options that do not apply to it. Immutable.
 */
public final class PullOptions {

    private static final PullOptions NONE = new PullOptions(null, List.of(), null);

    private final @Nullable PullPolicy policy;
    private final List<String> pullSecrets;
    private final @Nullable URI server;

    private PullOptions(@Nullable PullPolicy policy, List<String> pullSecrets, @Nullable URI server) {
        this.policy = policy;
        this.pullSecrets = pullSecrets;
        this.server = server;
    }

    /** {@return options without policy, secrets and server} */
    public static PullOptions none() {
        return NONE;
    }

    /**
     * {@return a copy with another {@link #policy()}}
     *
     * @param when the new policy
     */
    public PullOptions withPolicy(PullPolicy when) {
        return new PullOptions(Objects.requireNonNull(when, "when"), pullSecrets, server);
    }

    /**
     * {@return a copy with other {@link #pullSecrets()}}
     *
     * @param texts the content of one {@code config.json} each, in order of preference
     */
    public PullOptions withPullSecrets(Collection<String> texts) {
        return new PullOptions(policy, List.copyOf(texts), server);
    }

    /**
     * {@return a copy with another {@link #server()}}
     *
     * @param url the new server's URL
     */
    public PullOptions withServer(URI url) {
        return new PullOptions(policy, pullSecrets, Objects.requireNonNull(url, "url"));
    }

    /** {@return when to contact the module's origin; empty to leave this to the resolver} */
    public Optional<PullPolicy> policy() {
        return Optional.ofNullable(policy);
    }

    /**
     * {@return credentials for this module, each in the format of Docker's {@code config.json}, to be tried before
     * others}
     */
    public List<String> pullSecrets() {
        return pullSecrets;
    }

    /** {@return the server of this module, if its reference names none: the key {@code bindle_server}} */
    public Optional<URI> server() {
        return Optional.ofNullable(server);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PullOptions that
                && policy == that.policy
                && pullSecrets.equals(that.pullSecrets)
                && Objects.equals(server, that.server);
    }

    @Override
    public int hashCode() {
        return Objects.hash(policy, pullSecrets, server);
    }

    /** Returns the policy and the number of secrets, but not the secrets. */
    @Override
    public String toString() {
        return "PullOptions[policy=" + policy + ", pullSecrets=" + pullSecrets.size() + "]";
    }
}
