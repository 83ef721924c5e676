// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.transport.ClientBody;
import dev.wagi.core.transport.TransferCodings;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the routes of a {@link Wagi} inside a servlet container; every method goes through, standard or not.
 *
 * <p>Mapped to {@code /prefix/*}, the context path and the prefix are taken off before routes are matched and stand in
 * front of the route in SCRIPT_NAME. With any other mapping ({@code /}, {@code /*}, {@code /exact}, {@code *.cgi}) only
 * the context path is taken off.
 *
 * <p>Guests run on the container's threads, {@link Wagi#maxTotalConcurrency} at most. A request that must wait for its turn gives its
 * thread back meanwhile if the servlet and all filters in front of it support asynchronous requests ({@code
 * setAsyncSupported(true)}; Spring Boot's {@code ServletRegistrationBean} does that by default); else it keeps it. Queries, fields and bodies are passed on as they were sent; a form that a filter in front
 * of it has read as parameters is made again from them, any other body that was read there is answered 500. Paths, too, unless the container reads something else from them than we would
 * ({@code /a/..;/b}): then its reading counts. Thread-safe. The {@link Wagi} stays its maker's to close.
 *
 * <p>A response that breaks off can be told from one that is whole in HTTP/1.1 and HTTP/2. In HTTP/1.0 it cannot, because a
 * servlet cannot reset a connection: let proxies speak HTTP/1.1 to the container (nginx: {@code proxy_http_version 1.1}).
 */
@SuppressWarnings("exports") // whoever uses a servlet has the servlet API; others must not need it to compile
public final class WagiServlet extends HttpServlet {

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
                    + " spring.mvc.hiddenmethod.filter.enabled=false. This is said once; such requests are answered 500";

    private final transient Wagi wagi;
    private final transient AtomicBoolean saidThatBodiesAreGone = new AtomicBoolean();

    /** Serves the routes of the given host. */
    public WagiServlet(Wagi wagi) {
        this.wagi = Objects.requireNonNull(wagi, "wagi");
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
        boolean gone = FormBody.isGone(request, announced);
        byte[] form = gone && FormBody.isForm(request) ? FormBody.again(request, announced) : NO_BYTES;
        long length = gone ? form.length : announced;
        ClientBody body = new ClientBody(
                () -> gone || length == 0 ? new ByteArrayInputStream(form) : request.getInputStream(),
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
            wagi.handle(translated, sink, pending);
            pending.proceed();
        } else {
            wagi.handle(translated, sink);
            sink.throwIfAborted();
            sink.readRest();
        }
    }

    private void sayThatBodiesAreGone() {
        if (saidThatBodiesAreGone.compareAndSet(false, true)) {
            LOG.error(BODY_IS_GONE);
        }
    }

    private static WagiRequest translate(HttpServletRequest request, List<String> names, ClientBody body, long length) {
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
        if (request.getAuthType() != null) {
            builder.authType(request.getAuthType());
        }
        if (request.getRemoteUser() != null) {
            builder.remoteUser(request.getRemoteUser());
        }
        return builder.build();
    }

    /**
     * Whom the client asked, if the container knows that better than the Host field: it, or a filter, has listened to a proxy.
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
