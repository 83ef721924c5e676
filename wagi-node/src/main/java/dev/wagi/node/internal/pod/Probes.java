// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.Probe;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs probes. HTTP probes are passed directly to the host and not through the network; TCP probes succeed while the
 * pod is served.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/">Kubernetes,
 *     probes</a>
 */
final class Probes implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);

    private static final int THREADS = 32;
    private static final int THREADS_OF_ONE = 8;

    private final Host host;
    private final Outcome outcome;
    private final Clock clock;
    private final TimeLimits limits = new TimeLimits("wagi-node-probe-limit", System::nanoTime);

    /** A guest may take as long to answer as its author likes. */
    private final Turns threads = new Turns("wagi-node-probe", THREADS, THREADS_OF_ONE);

    /** Answers probes. */
    interface Host {
        /** Returns the answer of the host that serves a pod; empty if it is not served. */
        Optional<WagiResponse> ask(String uid, WagiRequest request);

        /** Returns whether a pod is served. */
        boolean isServed(String uid);
    }

    /** Is told what changed. */
    @FunctionalInterface
    interface Outcome {
        /** @param failure the failure to report; null if the probe succeeded */
        void changed(PodRun run, ContainerRun container, @Nullable String failure);
    }

    private enum Kind {
        STARTUP("Startup"),
        READINESS("Readiness"),
        LIVENESS("Liveness");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    Probes(Host host, Outcome outcome, Clock clock) {
        this.host = host;
        this.outcome = outcome;
        this.clock = clock;
    }

    /** Resets the probes of a container that was started. Called with the run's lock. */
    static void begin(ContainerRun container, Instant now) {
        container.startup.reset(first(container.spec.getStartupProbe(), now));
        container.readiness.reset(first(container.spec.getReadinessProbe(), now));
        container.liveness.reset(first(container.spec.getLivenessProbe(), now));
    }

    private static Instant first(@Nullable Probe probe, Instant now) {
        return probe == null || probe.getInitialDelaySeconds() == null
                ? now
                : now.plusSeconds(probe.getInitialDelaySeconds());
    }

    /** Runs the probes that are due. Called with the run's lock. */
    void ask(PodRun run, ContainerRun container) {
        if (!container.started) {
            ask(run, container, Kind.STARTUP, container.spec.getStartupProbe(), container.startup);
            return;
        }
        ask(run, container, Kind.READINESS, container.spec.getReadinessProbe(), container.readiness);
        ask(run, container, Kind.LIVENESS, container.spec.getLivenessProbe(), container.liveness);
    }

    private void ask(
            PodRun run, ContainerRun container, Kind kind, @Nullable Probe probe, ContainerRun.ProbeState state) {
        Instant now = clock.instant();
        if (probe == null || state.asking || state.due.isAfter(now)) {
            return;
        }
        state.asking = true;
        state.due = now.plusSeconds(orElse(probe.getPeriodSeconds(), 10));
        int restarts = container.restarts;
        threads.submit(run.pod.getMetadata().getNamespace(), () -> {
            boolean asked = false;
            String failure = null;
            try {
                failure = failure(run.uid, probe);
                asked = true;
            } catch (Error e) {
                // The node's own, so it says nothing about the pod.
                LOG.warn("a probe of pod {} broke off", run.name(), e);
            } finally {
                synchronized (run) {
                    state.asking = false;
                    if (asked && container.restarts == restarts && container.isRunning()) {
                        count(run, container, kind, probe, state, failure);
                    }
                }
            }
        });
    }

    private void count(
            PodRun run,
            ContainerRun container,
            Kind kind,
            Probe probe,
            ContainerRun.ProbeState state,
            @Nullable String failure) {
        if (failure == null) {
            state.failures = 0;
            state.successes++;
            if (state.successes == orElse(probe.getSuccessThreshold(), 1)) {
                if (kind == Kind.STARTUP) {
                    container.started = true;
                    outcome.changed(run, container, null);
                } else if (kind == Kind.READINESS && !container.probedReady) {
                    container.probedReady = true;
                    outcome.changed(run, container, null);
                }
            }
            return;
        }
        state.successes = 0;
        state.failures++;
        if (state.failures == orElse(probe.getFailureThreshold(), 3)) {
            if (kind == Kind.READINESS) {
                container.probedReady = false;
            }
            outcome.changed(run, container, kind.label + " probe failed: " + failure);
        }
    }

    private @Nullable String failure(String uid, Probe probe) {
        HTTPGetAction http = probe.getHttpGet();
        if (http == null) {
            return host.isServed(uid) ? null : "nothing is served";
        }
        try {
            String path = http.getPath() == null || http.getPath().isEmpty() ? "/" : http.getPath();
            WagiRequest.Builder request = WagiRequest.builder("GET", path.startsWith("/") ? path : "/" + path)
                    .addHeader("User-Agent", "kube-probe/wagi")
                    .addHeader("Host", http.getHost() == null ? "localhost" : http.getHost());
            if (http.getHttpHeaders() != null) {
                http.getHttpHeaders().forEach(header -> request.addHeader(header.getName(), header.getValue()));
            }
            int seconds = orElse(probe.getTimeoutSeconds(), 1);
            Optional<WagiResponse> response =
                    limits.within(Duration.ofSeconds(seconds), () -> host.ask(uid, request.build()));
            if (response == null) {
                return "no answer within " + seconds + " s";
            }
            if (response.isEmpty()) {
                return "nothing is served";
            }
            int status = response.get().status();
            return status >= 200 && status < 400 ? null : "HTTP probe failed with statuscode: " + status;
        } catch (RuntimeException e) {
            return "the probe cannot be sent: " + e.getMessage();
        }
    }

    /** What is not above 0 is not set either. */
    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null || value < 1 ? otherwise : value;
    }

    /** See {@link Turns#resume}. */
    void resume() {
        threads.resume();
    }

    @Override
    public void close() {
        threads.close();
        limits.close();
    }
}
