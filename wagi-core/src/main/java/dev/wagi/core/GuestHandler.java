// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.cgi.CgiEnvironment;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.cgi.CgiResponse;
import dev.wagi.core.cgi.GuestOutputException;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.route.Route;
import dev.wagi.core.sandbox.GuestIo;
import dev.wagi.core.sandbox.GuestTrapException;
import dev.wagi.core.sandbox.Sandbox;
import dev.wagi.core.sandbox.SandboxPool;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a route leads to: a module with its settings, run once per request. Thread-safe. */
final class GuestHandler {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    private final ModuleConfiguration configuration;
    private final SandboxPool pool;
    private final CgiEnvironment environment;
    private final GuestLog guestLog;

    GuestHandler(ModuleConfiguration configuration, SandboxPool pool, HostPort defaultHost, GuestLog guestLog) {
        this.configuration = configuration;
        this.pool = pool;
        this.guestLog = guestLog;
        this.environment = new CgiEnvironment(
                configuration.route(), configuration.environment(), configuration.passAuthorization(), defaultHost);
    }

    RouteInfo describe(Route<?> route) {
        return new RouteInfo(
                route.pattern().toString(),
                configuration.name(),
                configuration.source().toString(),
                configuration.entrypoint(),
                route.hosts().stream().sorted().toList(),
                route.methods().stream().sorted().toList());
    }

    /**
     * Runs the guest and answers the request.
     *
     * @param head whether the client sent a HEAD
     * @return the path and query of a local redirect; then nothing was answered yet
     * @throws IOException if the client is gone
     */
    Optional<String> handle(CgiRequest request, ResponseSink sink, boolean head) throws IOException {
        Headers own = Headers.of(RequestId.HEADER, request.id());
        CgiResponse response = new CgiResponse(sink, own, request.request().mountPath(), head);
        StderrLog stderr = new StderrLog(guestLog, configuration.name(), request.id());
        GuestIo io = new GuestIo(
                configuration.arguments().encode(request, environment.scriptName(request)),
                environment.encode(request),
                new RequestBody(request.request()),
                response,
                stderr);
        Sandbox sandbox = pool.borrow();
        boolean clean = false;
        try {
            int code = sandbox.run(configuration.entrypoint(), io);
            clean = true;
            if (code != 0) {
                warn(request, "exited with code " + code, null);
            }
            Optional<String> redirect = response.finish();
            response.lengthMismatch().ifPresent(text -> warn(request, text, null));
            return redirect;
        } catch (GuestTrapException e) {
            fail(request, sink, response, head, "trapped: " + e.getMessage(), e);
        } catch (GuestOutputException e) {
            fail(request, sink, response, head, "gave no valid response: " + e.getMessage(), null);
        } finally {
            stderr.finish();
            pool.release(sandbox, clean);
        }
        return Optional.empty();
    }

    private void fail(
            CgiRequest request,
            ResponseSink sink,
            CgiResponse response,
            boolean head,
            String what,
            @org.jspecify.annotations.Nullable Throwable cause)
            throws IOException {
        warn(request, what, cause);
        if (response.isStarted()) {
            sink.abort();
        } else {
            Failure.BAD_GUEST.send(sink, request.id(), head, Headers.none());
        }
    }

    /** What a guest did wrong; the stack trace only for whoever debugs. */
    private void warn(CgiRequest request, String what, @org.jspecify.annotations.Nullable Throwable cause) {
        LOG.warn(
                "guest '{}' (route \"{}\", request {}) {}",
                configuration.name(),
                configuration.route(),
                request.id(),
                what);
        if (cause != null) {
            LOG.debug("the trap of request {}", request.id(), cause);
        }
    }
}
