// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.transport.ClientBody;
import dev.wagi.core.internal.transport.TransferCodings;
import jakarta.servlet.ServletException;
import jakarta.servlet.UnavailableException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the routes of a {@link Wagi} inside a servlet container; every method goes through, standard or not.
 *
 * <p>Mapped to {@code /prefix/*}, the context path and the prefix are taken off before routes are matched and stand in
 * front of the route in SCRIPT_NAME. With any other mapping ({@code /}, {@code /*}, {@code /exact}, {@code *.cgi}) only
 * the context path is taken off.
 *
 * <p>Guests run on the container's threads, {@link Wagi#maxTotalConcurrency} at most. A request that must wait for its
 * turn gives its thread back meanwhile if the servlet and all filters in front of it support asynchronous requests
 * ({@code setAsyncSupported(true)}; Spring Boot's {@code ServletRegistrationBean} does that by default); else it keeps
 * it. Queries, fields and bodies are passed on as they were sent; a form that a filter in front of it has read as
 * parameters is made again from them, any other body that was read there is answered 500. Paths, too, unless the
 * container reads something else from them than we would ({@code /a/..;/b}): then its reading counts. Thread-safe.
 *
 * <p>A response that breaks off can be told from one that is whole in HTTP/1.1 and HTTP/2. In HTTP/1.0 it cannot,
 * because a servlet cannot reset a connection: let proxies speak HTTP/1.1 to the container (nginx:
 * {@code proxy_http_version 1.1}).
 *
 * <p>There are two ways to use it. {@link #WagiServlet(Wagi)} serves a host that the application has made and closes. A
 * container that makes the servlet itself, for a {@code web.xml} or an annotation, calls {@link #WagiServlet()}; the
 * servlet then makes its own host from init parameters when it is initialized, and closes it when it is destroyed:
 *
 * <table>
 * <caption>Init parameters</caption>
 * <tr><td>{@code configuration}</td><td>the {@code modules.toml}: {@code /WEB-INF/modules.toml} (a resource of the web
 *     application), {@code classpath:modules.toml} or a URL such as {@code file:/etc/wagi/modules.toml}. Required, unless a
 *     subclass adds modules</td></tr>
 * <tr><td>{@code compile-cache}</td><td>the directory for compiled modules, see {@link Wagi.Builder#compileCache}. A relative
 *     path is below the web application's temporary directory. By default nothing is kept</td></tr>
 * <tr><td>{@code log-directory}</td><td>where guests' standard error goes, see {@link Wagi.Builder#logDirectory}; relative as
 *     above. By default to SLF4J</td></tr>
 * <tr><td>{@code engine}</td><td>{@code compiler} (the default) or {@code interpreter}</td></tr>
 * <tr><td>{@code keep-going}</td><td>{@code true} or {@code false} (the default), see {@link Wagi.Builder#keepGoing}</td></tr>
 * <tr><td>{@code grace}</td><td>how many seconds {@link #destroy} waits for requests in flight; 30 by default</td></tr>
 * </table>
 *
 * <p>Any other parameter is an error, unless its name contains a dot: those are for containers and subclasses.
 * Subclasses may override {@link #configure}, {@link #authType}, {@link #init()} and {@link #destroy()}, and
 * {@link #service} to do something before or after a request:
 *
 * <pre>{@code
 * @WebServlet(urlPatterns = "/wagi/*", asyncSupported = true, loadOnStartup = 1)
 * public class Guests extends WagiServlet {
 *     @Override
 *     protected void configure(Wagi.Builder builder) {
 *         builder.addModule(m -> m.route("/hello/...").source("classpath:hello.wasm"));
 *     }
 * }
 * }</pre>
 */
@SuppressWarnings("exports") // users of a servlet have the servlet API; others must not need it to compile
public class WagiServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int MOST_HEADERS = 1024;
    private static final int TOO_MANY_HEADERS = 431;

    private static final byte[] NO_BYTES = {};

    private static final Logger LOG = LoggerFactory.getLogger(WagiServlet.class);

    private static final String BODY_IS_GONE =
            "a filter in front of WagiServlet has read the body of a request, or a part of it, so that no"
                    + " guest can have it; keep filters that parse bodies away from its mapping. In Spring Boot set"
                    + " spring.servlet.multipart.enabled=false, spring.mvc.formcontent.filter.enabled=false and"
                    + " spring.mvc.hiddenmethod.filter.enabled=false. This is said once; such requests are answered"
                    + " 500";

    /** The host that is served: given, or made from init parameters. */
    private transient @Nullable Wagi wagi;

    /** Whether the host was made here, so that it is closed here. */
    private final boolean own;

    private transient Duration grace = Wagi.DEFAULT_GRACE;
    private final transient AtomicBoolean saidThatBodiesAreGone = new AtomicBoolean();

    /**
     * Serves what init parameters say, and what a subclass {@linkplain #configure adds}; for {@code web.xml} and
     * annotations.
     */
    public WagiServlet() {
        this.own = true;
    }

    /**
     * Serves the routes of the given host, which stays the caller's to close. Init parameters are not looked at.
     *
     * @param wagi the host to serve
     */
    public WagiServlet(Wagi wagi) {
        this.wagi = Objects.requireNonNull(wagi, "wagi");
        this.own = false;
    }

    /**
     * Makes the host if none was given. Overriding methods call this one first.
     *
     * @throws ServletException if init parameters or what they name are wrong; the text lists all of it
     */
    @Override
    public void init() throws ServletException {
        if (!own) {
            return;
        }
        InitParameters parameters = new InitParameters(getServletConfig());
        try {
            Wagi.Builder builder = parameters.builder();
            grace = parameters.grace();
            configure(builder);
            wagi = builder.build();
        } catch (WagiException | IllegalArgumentException e) {
            // Not a ServletException: containers would load all modules again for each request.
            UnavailableException unavailable = new UnavailableException(
                    "servlet " + getServletName() + " cannot serve its modules: " + e.getMessage());
            unavailable.initCause(e);
            throw unavailable;
        }
    }

    /**
     * Adds to the host that this servlet makes: modules, a listener, resolvers. Called once, after the init parameters
     * were read; not called if a host was given. Does nothing by default.
     *
     * @param builder the host's settings, to be added to
     * @throws IllegalArgumentException if what it finds is wrong; the servlet is unavailable then
     */
    protected void configure(Wagi.Builder builder) {}

    /**
     * {@return the host that is served, for instance to {@linkplain Wagi#reload reload} it}
     *
     * @throws IllegalStateException if the servlet is not initialized
     */
    protected final Wagi wagi() {
        Wagi served = wagi;
        if (served == null) {
            throw new IllegalStateException(
                    "this servlet has no host: it is not initialized; a subclass that overrides init must call"
                            + " super.init()");
        }
        return served;
    }

    /**
     * How a user was authenticated: AUTH_TYPE, which goes with REMOTE_USER. By default what the container knows.
     * Filters that authenticate users themselves often leave that open, and a subclass knows it.
     *
     * @param request the request that is answered
     * @return a scheme such as {@code Basic} or {@code Bearer}, null if it is not known
     */
    protected @Nullable String authType(HttpServletRequest request) {
        return request.getAuthType();
    }

    /** Closes the host if it was made here, and waits for requests in flight as long as {@code grace} says. */
    @Override
    public void destroy() {
        Wagi served = wagi;
        if (own && served != null) {
            served.close(grace);
            wagi = null;
            ClassLoaders.release();
        }
    }

    /**
     * Answers a request.
     *
     * @throws IOException if the response has begun and cannot be completed: the container breaks the connection off
     */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getAttribute(PendingRequest.ATTRIBUTE) instanceof PendingRequest pending) {
            request.removeAttribute(PendingRequest.ATTRIBUTE);
            pending.proceed();
            return;
        }
        long announced = contentLength(request);
        boolean gone = false;
        IOException unreadable = null;
        try {
            gone = FormBody.isGone(request, announced);
        } catch (IOException e) {
            unreadable = e; // which counts only if it is wanted
        }
        byte[] form = gone && FormBody.isForm(request) ? FormBody.again(request, announced) : NO_BYTES;
        long length = gone ? form.length : announced;
        ClientBody body = new ClientBody(
                source(request, form, gone || length == 0, unreadable),
                length,
                request.getHeader("Expect") != null,
                this::sayThatBodiesAreGone);
        ServletSink sink = new ServletSink(request, response, body);
        // Each name is looked for among all fields, so that is not begun for more than any module takes.
        List<String> names = Collections.list(request.getHeaderNames());
        if (names.size() > MOST_HEADERS) {
            sink.refuse(TOO_MANY_HEADERS);
            return;
        }
        if (!TransferCodings.areUnderstood(Collections.list(request.getHeaders("Transfer-Encoding")))) {
            sink.refuse(HttpServletResponse.SC_NOT_IMPLEMENTED);
            return;
        }
        if (gone && form.length == 0 && (announced > 0 || !FormBody.isForm(request))) {
            sayThatBodiesAreGone();
            sink.refuse(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
            return;
        }
        WagiRequest translated;
        try {
            translated = translate(request, names, body, length);
        } catch (IllegalArgumentException e) {
            sink.refuse(HttpServletResponse.SC_BAD_REQUEST);
            return;
        }
        if (request.isAsyncSupported()) {
            PendingRequest pending = new PendingRequest(request, sink);
            wagi().handle(translated, sink, pending);
            pending.proceed();
        } else {
            wagi().handle(translated, sink);
            sink.throwIfAborted();
            sink.readRest();
        }
    }

    private static ClientBody.Source source(
            HttpServletRequest request, byte[] form, boolean isKnown, @Nullable IOException unreadable) {
        if (unreadable != null) {
            return () -> {
                throw unreadable;
            };
        }
        return isKnown ? () -> new ByteArrayInputStream(form) : request::getInputStream;
    }

    private void sayThatBodiesAreGone() {
        if (saidThatBodiesAreGone.compareAndSet(false, true)) {
            LOG.error(BODY_IS_GONE);
        }
    }

    private WagiRequest translate(HttpServletRequest request, List<String> names, ClientBody body, long length) {
        if (request.getMethod().equals("CONNECT")) {
            throw new IllegalArgumentException("the target of CONNECT is not a path");
        }
        ServletTarget target = ServletTarget.of(request);
        WagiRequest.Builder builder = WagiRequest.builder(request.getMethod(), target.target())
                .mountPath(target.mountPath())
                .protocol(request.getProtocol())
                .scheme(request.getScheme())
                .remoteAddress(withoutBrackets(request.getRemoteAddr()))
                .remotePort(request.getRemotePort())
                .body(body, length);
        for (String name : names) {
            for (String value : Collections.list(request.getHeaders(name))) {
                builder.addHeader(name, value);
            }
        }
        if (request.getLocalAddr() != null) {
            builder.serverAddress(withoutBrackets(request.getLocalAddr()));
        }
        server(request, builder);
        String authType = authType(request);
        if (authType != null) {
            builder.authType(authType);
        }
        if (request.getRemoteUser() != null) {
            builder.remoteUser(request.getRemoteUser());
        }
        return builder.build();
    }

    /**
     * Whom the client asked, if the container knows that better than the Host field: it, or a filter, has listened to a
     * proxy.
     */
    private static void server(HttpServletRequest request, WagiRequest.Builder builder) {
        String host = request.getHeader("Host");
        String name = request.getServerName();
        int port = request.getServerPort();
        if (host == null || name == null) {
            return;
        }
        String bracketed = name.indexOf(':') >= 0 && !name.startsWith("[") ? "[" + name + "]" : name;
        boolean usual = port == (request.getScheme().equals("https") ? HTTPS_PORT : HTTP_PORT);
        if (!host.equalsIgnoreCase(bracketed + ":" + port) && !(usual && host.equalsIgnoreCase(bracketed))) {
            builder.server(bracketed, port);
        }
    }

    /** Jetty puts IPv6 in brackets. */
    private static String withoutBrackets(String address) {
        return address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
    }

    /** The length of the body; 0 also where the container says -1 for want of a body, -1 only if it is not known. */
    private static long contentLength(HttpServletRequest request) throws IOException {
        long length = request.getContentLengthLong();
        if (length >= 0) {
            return length;
        }
        boolean none = request.getProtocol().startsWith("HTTP/1.")
                ? request.getHeader("Transfer-Encoding") == null
                : request.getInputStream().isFinished();
        return none ? 0 : -1;
    }
}
