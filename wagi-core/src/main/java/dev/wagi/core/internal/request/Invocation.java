// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.cgi.CgiEnvironment;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.outbound.Outbound;
import dev.wagi.core.internal.sandbox.GuestHttp;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.volume.Mount;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The input and output of the guest of one request. For one thread. */
final class Invocation implements GuestIo, AutoCloseable {

    private final GuestRun run;
    private final GuestHandler guest;
    private final CgiRequest request;
    private final CgiEnvironment variables;
    private final RequestBody stdin;
    private final GuestOutput stderr;
    private final long deadline;
    private boolean takesLong;
    private @Nullable GuestHttp http;
    private @Nullable GuestStrings arguments;
    private @Nullable GuestStrings environment;

    /**
     * Creates the input and output of a run.
     *
     * @param request the request with the body that the guest reads
     * @param endpoint the endpoint that is called
     * @param deadline when the guest is stopped, in terms of {@link System#nanoTime}
     */
    Invocation(GuestRun run, CgiRequest request, Endpoint endpoint, GuestOutput stderr, long deadline) {
        this.run = run;
        this.guest = run.guest();
        this.request = request;
        this.variables = endpoint.environment();
        this.stdin = new RequestBody(request.request(), guest.limits(), run.custody());
        this.stderr = stderr;
        this.deadline = deadline;
    }

    @Override
    public GuestStrings arguments() {
        if (arguments == null) {
            arguments = guest.arguments().encode(request, variables.scriptName(request));
        }
        return arguments;
    }

    @Override
    public GuestStrings environment() {
        if (environment == null) {
            environment = variables.encode(request);
        }
        return environment;
    }

    @Override
    public GuestInput stdin() {
        return stdin;
    }

    @Override
    public GuestOutput stdout() {
        return run.response();
    }

    @Override
    public GuestOutput stderr() {
        return stderr;
    }

    @Override
    public GuestHttp http() {
        if (http == null) {
            Outbound outbound = guest.outbound();
            if (outbound.allowed().isEmpty()) {
                http = GuestHttp.NONE;
            } else {
                run.willWait();
                http = outbound.session(request.id(), request.request().headers(), this::remainingNanos);
            }
        }
        return http;
    }

    /** Ends the outbound calls that the guest has left open. */
    @Override
    public void close() {
        Journal journal = run.journal();
        if (journal != null) {
            journal.read(stdin.arrived());
        }
        if (http != null) {
            http.close();
        }
    }

    @Override
    public List<Mount> volumes() {
        return guest.volumes();
    }

    @Override
    public int maxOpenFiles() {
        return guest.limits().maxOpenFiles();
    }

    @Override
    public void willTakeLong() throws IOException {
        if (run.isAttempt()) {
            throw Attempt.GivenUpException.INSTANCE;
        }
        takesLong = true;
    }

    @Override
    public void willWait() throws IOException {
        willTakeLong();
        run.willWait();
    }

    /** Returns whether the guest has waited, or done something else that takes long. */
    boolean hasTakenLong() {
        return takesLong;
    }

    @Override
    public void heapRefused(long bytes) {
        guest.warn(
                request.id(),
                "was refused " + bytes
                        + " bytes of memory: guests have taken half of the JVM's heap, or the heap is full;"
                        + " raise -Xmx, or lower max_memory or max_concurrency");
    }

    @Override
    public long remainingNanos() {
        return deadline - System.nanoTime();
    }
}
