// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.cgi.CgiEnvironment;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.cgi.CgiResponse;
import dev.wagi.core.cgi.GuestOutputException;
import dev.wagi.core.cgi.HeaderMemory;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.route.RequestPath;
import dev.wagi.core.route.Route;
import dev.wagi.core.route.RoutePattern;
import dev.wagi.core.sandbox.GuestOutput;
import dev.wagi.core.sandbox.GuestTrapException;
import dev.wagi.core.sandbox.Sandbox;
import dev.wagi.core.sandbox.SandboxPool;
import dev.wagi.core.sandbox.Watchdog;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a route leads to: a module with its settings, run once per request. Thread-safe. */
final class GuestHandler {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    private static final Watchdog WATCHDOG = new Watchdog();

    private final ModuleConfiguration configuration;
    private final SandboxPool pool;
    private final Endpoint own;
    private final List<Endpoint> declared;
    private final GuestLog guestLog;
    private final HeaderMemory headerMemory = new HeaderMemory();

    /** Whether its guests have no effects but their response, so that a run can be done twice. */
    private final boolean mayBeTried;

    /**
     * For a module.
     *
     * @param declared the routes that it declares, in their order
     */
    GuestHandler(
            ModuleConfiguration configuration,
            SandboxPool pool,
            List<RouteDeclarations.Declaration> declared,
            CgiEnvironment.Server server,
            GuestLog guestLog) {
        this.configuration = configuration;
        this.pool = pool;
        this.guestLog = guestLog;
        this.mayBeTried = configuration.allowedHosts().isEmpty();
        this.own = endpoint(configuration.route(), configuration.entrypoint(), server);
        this.declared = declared.stream()
                .map(line -> endpoint(line.pattern(), line.entrypoint(), server))
                .toList();
    }

    private Endpoint endpoint(RoutePattern pattern, String entrypoint, CgiEnvironment.Server server) {
        CgiEnvironment environment =
                new CgiEnvironment(pattern, configuration.environment(), configuration.passAuthorization(), server);
        // Once now: what classes it takes is not to be loaded when a guest asks, with as little stack left as it likes.
        String path = pattern.scriptName().isEmpty() ? "/" : pattern.scriptName();
        WagiRequest any = WagiRequest.builder("GET", path)
                .header("Host", "localhost")
                .header("X-Any", "any")
                .build();
        CgiRequest.parse(any, RequestId.next()).ifPresent(environment::encode);
        return new Endpoint(pattern, entrypoint, environment, new Pace());
    }

    /** Of the routes that the module declares the last that matches; else its own. */
    private Endpoint endpoint(RequestPath path) {
        for (int i = declared.size() - 1; i >= 0; i--) {
            if (declared.get(i).pattern().matches(path)) {
                return declared.get(i);
            }
        }
        return own;
    }

    RouteInfo describe(Route<?> route) {
        return new RouteInfo(
                route.pattern().toString(),
                configuration.name(),
                configuration.source().toString(),
                entrypoint(route.pattern()),
                route.hosts().stream().sorted().toList(),
                route.methods().stream().sorted().toList());
    }

    private String entrypoint(RoutePattern pattern) {
        String entrypoint = own.entrypoint();
        for (Endpoint endpoint : declared) {
            if (endpoint.pattern().equals(pattern)) {
                entrypoint = endpoint.entrypoint();
            }
        }
        return entrypoint;
    }

    /**
     * Runs the guest and answers the request.
     *
     * @param head whether the client sent a HEAD
     * @return the path and query of a local redirect; then nothing was answered yet
     * @throws IOException if the client is gone
     * @throws Attempt.GivenUpException if the sink is an attempt, and the run takes too long or does not end well
     */
    Optional<String> handle(CgiRequest request, ResponseSink sink, boolean head) throws IOException {
        Endpoint endpoint = endpoint(request.path());
        CgiResponse response = new CgiResponse(
                sink,
                Headers.of(RequestId.HEADER, request.id()),
                request.request().mountPath(),
                head,
                headerMemory);
        if (sink instanceof Attempt) {
            attempt(request, endpoint, response);
            return Optional.empty();
        }
        StderrLog stderr = new StderrLog(guestLog, configuration.name(), request.id());
        try {
            int code = run(request, endpoint, response, stderr);
            if (code != 0) {
                warn(request, "exited with code " + code, null);
            }
            Optional<String> redirect = response.finish();
            response.lengthMismatch().ifPresent(text -> warn(request, text, null));
            return redirect;
        } catch (GuestTrapException e) {
            warn(request, "trapped: " + e.getMessage(), e);
            fail(Failure.BAD_GUEST, request, sink, response, head);
        } catch (GuestOutputException e) {
            warn(request, "gave no valid response: " + e.getMessage(), null);
            fail(Failure.BAD_GUEST, request, sink, response, head);
        } catch (RequestBody.BrokenException e) {
            LOG.debug("request {}: {}", request.id(), e.getMessage(), e);
            fail(Failure.BAD_REQUEST, request, sink, response, head);
        } finally {
            stderr.finish();
        }
        return Optional.empty();
    }

    private int run(CgiRequest request, Endpoint endpoint, CgiResponse response, GuestOutput stderr)
            throws IOException {
        long began = System.nanoTime();
        Sandbox sandbox = pool.borrow();
        boolean clean = false;
        try {
            int code = sandbox.run(endpoint.entrypoint(), io(request, endpoint, response, stderr, false));
            clean = true;
            return code;
        } finally {
            pool.release(sandbox, clean);
            if (!clean) {
                endpoint.pace().failed();
            } else if (request.request().contentLength() == 0 && !response.isStarted()) {
                // Otherwise the time may have been the client's.
                endpoint.pace().ended(System.nanoTime() - began);
            }
        }
    }

    /** The same on a thread that others wait for. Only a run that ends well counts, and only if it had no effect else. */
    private void attempt(CgiRequest request, Endpoint endpoint, CgiResponse response) throws IOException {
        Sandbox sandbox = mayBeTried && endpoint.pace().isQuick() ? pool.borrowIdle() : null;
        if (sandbox == null) {
            throw Attempt.GivenUpException.INSTANCE;
        }
        long began = System.nanoTime();
        boolean clean = false;
        boolean good = false;
        Watchdog.Watch watch = WATCHDOG.begin(Pace.BUDGET);
        try {
            int code;
            try {
                code = sandbox.run(
                        endpoint.entrypoint(), io(request, endpoint, response, Attempt.NoLog.INSTANCE, true));
                clean = true;
            } finally {
                watch.end();
            }
            good = code == 0
                    && response.finish().isEmpty()
                    && response.lengthMismatch().isEmpty();
        } catch (GuestTrapException | GuestOutputException e) {
            LOG.trace("an attempt for request {} failed", request.id(), e);
        } finally {
            pool.release(sandbox, clean);
            long nanos = System.nanoTime() - began;
            if (good && nanos <= Pace.BUDGET) {
                endpoint.pace().ended(nanos);
            } else {
                endpoint.pace().overran();
            }
        }
        if (!good) {
            throw Attempt.GivenUpException.INSTANCE;
        }
    }

    private Invocation io(
            CgiRequest request, Endpoint endpoint, CgiResponse response, GuestOutput stderr, boolean attempt) {
        return new Invocation(
                request,
                configuration.arguments(),
                endpoint.environment(),
                new RequestBody(request.request()),
                response,
                stderr,
                attempt);
    }

    private static void fail(Failure failure, CgiRequest request, ResponseSink sink, CgiResponse response, boolean head)
            throws IOException {
        if (response.isStarted()) {
            sink.abort();
        } else {
            failure.send(sink, request.id(), head, Headers.none());
        }
    }

    /** What a guest did wrong; the stack trace only for whoever debugs. */
    private void warn(CgiRequest request, String what, @Nullable Throwable cause) {
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
