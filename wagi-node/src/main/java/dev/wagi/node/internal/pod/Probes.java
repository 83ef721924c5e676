// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.node.internal.serving.Listeners;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.Probe;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs probes. HTTP probes are passed directly to the host and not through the network; TCP probes succeed while the pod is
 * served.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/">Kubernetes, probes</a>
 */
final class Probes implements AutoCloseable {

    private static final int THREADS = 32;
    private static final int THREADS_OF_ONE = 8;

    private final Listeners listeners;
    private final Outcome outcome;
    private final Clock clock;
    private final ScheduledExecutorService timer;

    /** A guest may take as long to answer as its author likes. */
    private final Turns threads = new Turns("wagi-node-probe", THREADS, THREADS_OF_ONE);

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

    /** @param timer interrupts probes at their timeout */
    Probes(Listeners listeners, Outcome outcome, ScheduledExecutorService timer, Clock clock) {
        this.timer = timer;
        this.listeners = listeners;
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
            String failure = failure(run.uid, probe);
            synchronized (run) {
                state.asking = false;
                if (container.restarts == restarts && container.isRunning()) {
                    count(run, container, kind, probe, state, failure);
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
            return listeners.isServed(uid) ? null : "nothing is served";
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
            Optional<WagiResponse> response = within(seconds, () -> listeners.ask(uid, request.build()));
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

    /** Returns the result, or null if it had to be interrupted. */
    private <T> @Nullable T within(int seconds, Supplier<T> call) {
        Alarm alarm = new Alarm(Thread.currentThread());
        Future<?> due = timer.schedule(alarm, seconds, TimeUnit.SECONDS);
        boolean rang = false;
        T result;
        try {
            result = call.get();
        } finally {
            due.cancel(false);
            rang = alarm.stop();
        }
        return rang ? null : result;
    }

    /** An alarm that interrupts a thread unless it is stopped before. */
    private static final class Alarm implements Runnable {
        private final Thread thread;
        private boolean stopped; // guarded by this
        private boolean rang; // guarded by this

        Alarm(Thread thread) {
            this.thread = thread;
        }

        @Override
        public synchronized void run() {
            if (!stopped) {
                rang = true;
                thread.interrupt();
            }
        }

        /** Returns whether it rang; it interrupts nothing after this call. Called by the thread. */
        synchronized boolean stop() {
            stopped = true;
            if (rang) {
                Thread.interrupted();
            }
            return rang;
        }
    }

    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    @Override
    public void close() {
        threads.close();
    }
}
