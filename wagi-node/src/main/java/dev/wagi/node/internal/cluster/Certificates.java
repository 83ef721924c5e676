// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import dev.wagi.node.api.NodeException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one certificate valid: requests a new one after four fifths of its lifetime, and uses it as soon as it is
 * issued, without a restart. One thread calls {@link #look} every few seconds.
 */
public final class Certificates {

    private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

    /** The pause after a denial. The cluster removes undecided requests after an hour. */
    private static final Duration AFTER_DENIAL = Duration.ofHours(1);

    private static final Duration ATTENTIVE = Duration.ofMinutes(1);
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private static final Duration REMINDER = Duration.ofMinutes(10);

    private final Requests requests;
    private final String signer;
    private final String node;
    private final Optional<String> address;
    private final CurrentKey current;
    private final Path file;
    private final Clock clock;
    private final Reconnect reconnect;
    private Requests.@Nullable Pending pending;
    private Instant notBefore = Instant.MIN;
    private Instant asked = Instant.MIN;
    private Instant lookAgain = Instant.MIN;

    /** When the current certificate should be replaced; null for one of an earlier run, whose dates determine it. */
    private @Nullable Instant renewal;

    private Instant reminded = Instant.MIN;

    private Certificates(
            Api api,
            String signer,
            String node,
            Optional<String> address,
            CurrentKey current,
            Path file,
            Clock clock,
            Reconnect reconnect) {
        this.reconnect = reconnect;
        this.requests = new Requests(api);
        this.signer = signer;
        this.node = node;
        this.address = address;
        this.current = current;
        this.file = file;
        this.clock = clock;
    }

    static Certificates client(Api api, String node, CurrentKey current, Path file, Clock clock) {
        return new Certificates(api, Requests.CLIENT, node, Optional.empty(), current, file, clock, api::reconnect);
    }

    static Certificates serving(Api api, String node, String address, CurrentKey current, Path file, Clock clock) {
        return new Certificates(api, Requests.SERVING, node, Optional.of(address), current, file, clock, () -> {});
    }

    /** Called after a new client certificate was issued. */
    @FunctionalInterface
    private interface Reconnect {
        void run() throws InterruptedException;
    }

    /** Performs the step that is due. Failures are logged and retried. */
    public void look() {
        try {
            Instant now = clock.instant();
            if (pending == null) {
                Instant due = renewal == null ? current.get().renewal() : renewal;
                if (due.isAfter(now) && !isSelfSigned() || notBefore.isAfter(now)) {
                    return;
                }
                pending = requests.ask(signer, node, address);
                reminded = Instant.MIN;
                asked = now;
                lookAgain = now;
            }
            if (lookAgain.isAfter(now)) {
                return;
            }
            // An operator may approve it immediately, or a day later.
            lookAgain = now.plus(asked.plus(ATTENTIVE).isAfter(now) ? Duration.ZERO : PATIENT);
            Requests.Answer answer = requests.look(pending);
            switch (answer.decision()) {
                case ISSUED -> {
                    KeyAndCertificate issued = answer.certificate().orElseThrow();
                    issued.save(file);
                    current.set(issued);
                    // The validity begins some minutes before the certificate was issued, a considerable part of a
                    // short
                    // lifetime.
                    renewal = now.plus(Duration.between(now, issued.expires())
                            .multipliedBy(4)
                            .dividedBy(5));
                    LOG.info("a certificate from {} was issued, valid until {}", signer, issued.expires());
                    pending = null;
                    reconnect.run();
                }
                case GONE -> pending = null;
                case DENIED -> {
                    LOG.warn(
                            "the request {} for a certificate from {} was denied; it will be repeated in an hour",
                            pending.name(),
                            signer);
                    pending = null;
                    notBefore = now.plus(AFTER_DENIAL);
                }
                case PENDING -> remind(pending.name(), now);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the node is stopping
        } catch (NodeException e) {
            LOG.debug("a certificate from {} could not be requested, trying again", signer, e);
        }
    }

    private void remind(String name, Instant now) {
        if (signer.equals(Requests.SERVING) && reminded.isBefore(now.minus(REMINDER))) {
            reminded = now;
            LOG.warn(
                    "kubectl logs may not work until an operator approves the serving certificate of {}; run:"
                            + " kubectl certificate approve {}",
                    node,
                    name);
        }
    }

    private boolean isSelfSigned() {
        return current.get()
                .certificate()
                .getIssuerX500Principal()
                .equals(current.get().certificate().getSubjectX500Principal());
    }
}
