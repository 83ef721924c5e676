// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.log.ContainerLog;
import dev.wagi.node.internal.serving.Served.ModuleFile;
import io.fabric8.kubernetes.api.model.Container;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of one container of a pod on this node. Guarded by its {@link PodRun}. */
final class ContainerRun {

    final String name;
    final ContainerLog log;
    final Backoff pulls = new Backoff();
    final Backoff starts = new Backoff();

    Container spec;

    /** The pulled image, {@code registry/repository@sha256:...}; null until it was pulled. */
    @Nullable
    String image;

    @Nullable
    ModuleFile module;

    boolean pulling;

    /** Since when the pull secrets are forbidden; null if they are not. */
    @Nullable
    Instant forbiddenSince;

    /** The time since which it is served; null if it is not served. */
    @Nullable
    Instant startedAt;

    /** The time when it ended permanently. */
    @Nullable
    Instant finishedAt;

    int exitCode;
    String endReason = "Completed";

    String waitingReason = "ContainerCreating";
    String waitingMessage = "";

    int restarts;

    /** The end of the previous run, as in a status; null if there was none. */
    @Nullable
    Map<String, Object> lastState;

    /** The results of its probes. */
    boolean started;

    boolean probedReady;

    final ProbeState startup = new ProbeState();
    final ProbeState readiness = new ProbeState();
    final ProbeState liveness = new ProbeState();

    ContainerRun(Container spec, ContainerLog log) {
        this.spec = spec;
        this.name = spec.getName();
        this.log = log;
    }

    /** The image that is served. */
    private @Nullable String servedImage;

    @Nullable
    String lastImage() {
        return servedImage == null ? image : servedImage;
    }

    void served(@Nullable String now) {
        servedImage = now;
    }

    boolean isRunning() {
        return startedAt != null && finishedAt == null;
    }

    boolean isReady() {
        return isRunning() && started && probedReady;
    }

    void waiting(String reason, String message) {
        waitingReason = reason;
        waitingMessage = Admission.cut(message);
    }

    /** The consecutive results of a probe, and when it is due. */
    static final class ProbeState {
        int successes;
        int failures;
        Instant due = Instant.MIN;
        boolean asking;

        void reset(Instant first) {
            successes = 0;
            failures = 0;
            due = first;
            asking = false;
        }
    }
}
