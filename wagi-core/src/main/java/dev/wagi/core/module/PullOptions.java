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
 * What a configuration says about how a module is to be fetched, in addition to where it is: what a Kubernetes manifest says
 * with {@code imagePullPolicy} and {@code imagePullSecrets}. A resolver may ignore what has no meaning for it. Immutable.
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

    /** {@return no options: no policy, no secrets and no server} */
    public static PullOptions none() {
        return NONE;
    }

    /**
     * {@return a copy with another {@link #policy()}}
     *
     * @param when the policy
     */
    public PullOptions withPolicy(PullPolicy when) {
        return new PullOptions(Objects.requireNonNull(when, "when"), pullSecrets, server);
    }

    /**
     * {@return a copy with other {@link #pullSecrets()}}
     *
     * @param texts the content of one {@code config.json} each, the best first
     */
    public PullOptions withPullSecrets(Collection<String> texts) {
        return new PullOptions(policy, List.copyOf(texts), server);
    }

    /**
     * {@return a copy with another {@link #server()}}
     *
     * @param url the server's URL
     */
    public PullOptions withServer(URI url) {
        return new PullOptions(policy, pullSecrets, Objects.requireNonNull(url, "url"));
    }

    /** {@return when the place it comes from is asked; empty if nothing was said, which leaves it to the resolver} */
    public Optional<PullPolicy> policy() {
        return Optional.ofNullable(policy);
    }

    /**
     * {@return credentials for this module, each in the form of Docker's {@code config.json}, to be tried before
     * others}
     */
    public List<String> pullSecrets() {
        return pullSecrets;
    }

    /** {@return the server to ask for this module, if its reference names none: the key {@code bindle_server}} */
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

    /** The policy and the number of secrets, not the secrets. */
    @Override
    public String toString() {
        return "PullOptions[policy=" + policy + ", pullSecrets=" + pullSecrets.size() + "]";
    }
}
