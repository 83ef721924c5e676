// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.cgi.CgiArguments;
import dev.wagi.core.cgi.CgiEnvironment;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.cgi.CgiResponse;
import dev.wagi.core.outbound.Outbound;
import dev.wagi.core.sandbox.GuestHttp;
import dev.wagi.core.sandbox.GuestInput;
import dev.wagi.core.sandbox.GuestIo;
import dev.wagi.core.sandbox.GuestOutput;
import dev.wagi.core.sandbox.GuestStrings;
import dev.wagi.core.volume.Mount;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the guest of one request sees. For one thread. */
final class Invocation implements GuestIo, AutoCloseable {

    private final CgiRequest request;
    private final CgiArguments commandLine;
    private final CgiEnvironment variables;
    private final GuestInput stdin;
    private final CgiResponse stdout;
    private final GuestOutput stderr;
    private final long deadline;
    private final Outbound outbound;
    private final List<Mount> volumes;
    private final int maxOpenFiles;
    private final boolean attempt;
    private @Nullable GuestHttp http;
    private @Nullable GuestStrings arguments;
    private @Nullable GuestStrings environment;

    /**
     * For a run.
     *
     * @param deadline when it is stopped, in terms of {@link System#nanoTime}
     * @param attempt whether it may be given up
     */
    Invocation(
            CgiRequest request,
            CgiArguments commandLine,
            CgiEnvironment variables,
            GuestInput stdin,
            CgiResponse stdout,
            GuestOutput stderr,
            long deadline,
            Outbound outbound,
            List<Mount> volumes,
            int maxOpenFiles,
            boolean attempt) {
        this.request = request;
        this.commandLine = commandLine;
        this.variables = variables;
        this.stdin = stdin;
        this.stdout = stdout;
        this.stderr = stderr;
        this.deadline = deadline;
        this.outbound = outbound;
        this.volumes = volumes;
        this.maxOpenFiles = maxOpenFiles;
        this.attempt = attempt;
    }

    @Override
    public GuestStrings arguments() {
        if (arguments == null) {
            arguments = commandLine.encode(request, variables.scriptName(request));
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
        return stdout;
    }

    @Override
    public GuestOutput stderr() {
        return stderr;
    }

    @Override
    public GuestHttp http() {
        if (http == null) {
            http = outbound.allowed().isEmpty() ? GuestHttp.NONE : outbound.session(request.id(), this::remainingNanos);
        }
        return http;
    }

    /** Ends the outbound calls that the guest has left open. */
    @Override
    public void close() {
        if (http != null) {
            http.close();
        }
    }

    @Override
    public List<Mount> volumes() {
        return volumes;
    }

    @Override
    public int maxOpenFiles() {
        return maxOpenFiles;
    }

    @Override
    public void willTakeLong() throws IOException {
        if (attempt) {
            throw Attempt.GivenUpException.INSTANCE;
        }
    }

    @Override
    public long remainingNanos() {
        return deadline - System.nanoTime();
    }
}
