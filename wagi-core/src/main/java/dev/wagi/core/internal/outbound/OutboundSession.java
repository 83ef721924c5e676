// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiListener.OutboundCall.Verdict;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestHttp;
import dev.wagi.core.internal.sandbox.GuestHttpException;
import dev.wagi.core.internal.sandbox.GuestHttpException.Code;
import dev.wagi.core.internal.sandbox.GuestInput;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outbound calls of one run of a guest: each request is checked, sent, and its redirects are followed after the
 * same checks. For the guest's thread.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-15.4">RFC 9110, section 15.4, on redirects</a>
 */
final class OutboundSession implements GuestHttp {

    private static final Logger LOG = LoggerFactory.getLogger(OutboundSession.class);

    private static final int MAX_REDIRECTS = 10;
    private static final int MAX_METHOD = 32;
    private static final int MAX_CAUSES = 10;

    /** The maximum number of responses with a handle, read to the end or not, because each keeps its headers. */
    private static final int MAX_HELD = 256;

    /** The memory of a response that was read to its end: its header. */
    private static final long HEAD_BYTES = 128 << 10;

    /** The maximum number of addresses of a host that are tried. */
    private static final int MAX_ATTEMPTS = 4;

    /** The time limit of a call whose guest has none. */
    private static final long MAX_NANOS = Duration.ofMinutes(10).toNanos();

    /**
     * The client's timeout is longer by this much than the guest's time, so that the interrupt comes first and the
     * outcome is the same each time.
     */
    private static final long SLACK_NANOS = Duration.ofSeconds(1).toNanos();

    private static final String NOT_LISTED = "is not in its allowed_hosts";

    private static final byte[] NO_BODY = {};

    private final Outbound outbound;
    private final String requestId;
    private final Headers arrived;
    private final LongSupplier remainingNanos;
    private final Map<Integer, Held> responses = new HashMap<>();
    private int lastHandle;
    private int requests;
    private long held;
    private boolean refusalLogged;
    private boolean failureLogged;

    OutboundSession(Outbound outbound, String requestId, Headers arrived, LongSupplier remainingNanos) {
        this.arrived = arrived;
        this.outbound = outbound;
        this.requestId = requestId;
        this.remainingNanos = remainingNanos;
    }

    /** A request, or one of its redirects. */
    private record Hop(OutboundUrl url, String method, Headers headers, byte[] body) {

        /** Returns the request to send next after a redirect. */
        Hop next(int status, OutboundUrl location) {
            boolean get = status == 303 && !method.equals("HEAD")
                    || (status == 301 || status == 302) && method.equals("POST");
            Headers kept = location.isSameOrigin(url) ? headers : HeaderLines.withoutCredentials(headers);
            return get
                    ? new Hop(location, "GET", HeaderLines.withoutContent(kept), NO_BODY)
                    : new Hop(location, method, kept, body);
        }
    }

    @Override
    public int open(String url, String method, String headers, long bodyLength, Supplier<byte[]> body)
            throws GuestHttpException, InterruptedException {
        OutboundUrl target = parse(url);
        if (outbound.allowed().verdict(target) == AllowList.Verdict.REFUSED) {
            tell(target, Verdict.REFUSED, 0, 0);
            throw refused(target, NOT_LISTED);
        }
        String verb = method(method);
        Headers fields = HeaderLines.parse(headers);
        if (bodyLength > outbound.maxRequestBody()) {
            throw new GuestHttpException(Code.RUNTIME_ERROR, "its request body is too large");
        }
        if (responses.size() >= MAX_HELD) {
            throw new GuestHttpException(Code.TOO_MANY_SESSIONS, "it has not closed " + MAX_HELD + " responses");
        }
        if (openCount() >= outbound.maxConcurrency()) {
            throw new GuestHttpException(
                    Code.TOO_MANY_SESSIONS, outbound.maxConcurrency() + " responses are open already");
        }
        Hop hop = new Hop(target, verb, fields, bodyLength == 0 ? NO_BODY : body.get());
        for (int redirects = 0; ; redirects++) {
            OutboundHttpClient.Response response = send(hop);
            Hop next;
            try {
                next = next(hop, response);
            } catch (GuestHttpException | RuntimeException e) {
                response.close();
                throw e;
            }
            if (next == null) {
                responses.put(++lastHandle, new Held(response, outbound.maxResponseBody()));
                held += RESPONSE_BYTES;
                return lastHandle;
            }
            response.close();
            if (redirects == MAX_REDIRECTS) {
                throw new GuestHttpException(Code.REQUEST_ERROR, "more than " + MAX_REDIRECTS + " redirects");
            }
            hop = next;
        }
    }

    private static OutboundUrl parse(String url) throws GuestHttpException {
        try {
            return OutboundUrl.parse(url);
        } catch (MalformedUrlException e) {
            throw new GuestHttpException(Code.INVALID_URL, Objects.requireNonNull(e.getMessage()));
        }
    }

    private static String method(String method) throws GuestHttpException {
        String upper = method.toUpperCase(Locale.ROOT);
        if (method.length() > MAX_METHOD
                || !Headers.isToken(method)
                || upper.equals("CONNECT")
                || upper.equals("TRACE")) {
            throw new GuestHttpException(Code.INVALID_METHOD, "its method is refused");
        }
        return upper;
    }

    private int openCount() {
        int open = 0;
        for (Held held : responses.values()) {
            open += held.ended ? 0 : 1;
        }
        return open;
    }

    /** Sends one request, without following redirects. */
    private OutboundHttpClient.Response send(Hop hop) throws GuestHttpException, InterruptedException {
        if (++requests > outbound.maxRequests()) {
            requests--;
            throw new GuestHttpException(
                    Code.TOO_MANY_SESSIONS, "it has sent " + outbound.maxRequests() + " requests already");
        }
        AllowList.Verdict verdict = outbound.allowed().verdict(hop.url);
        if (verdict == AllowList.Verdict.REFUSED) {
            tell(hop.url, Verdict.REFUSED, 0, 0);
            throw refused(hop.url, NOT_LISTED);
        }
        long began = System.nanoTime();
        int status = 0;
        Verdict end = Verdict.FAILED;
        try {
            List<InetAddress> addresses = addresses(hop.url);
            for (InetAddress address : addresses) {
                AddressPolicy policy = AddressPolicy.of(address);
                if (policy == AddressPolicy.NEVER) {
                    end = Verdict.REFUSED;
                    throw refused(
                            hop.url, "has the address " + address.getHostAddress() + ", which no server can have");
                }
                if (policy == AddressPolicy.PRIVATE && verdict != AllowList.Verdict.PRIVATE_TOO) {
                    end = Verdict.REFUSED;
                    throw refused(
                            hop.url,
                            "has the private address " + address.getHostAddress()
                                    + "; add an entry with allow_private to allow it");
                }
            }
            OutboundHttpClient.Response response = outbound.client()
                    .send(OutboundHttpClient.Request.builder(outbound.module(), hop.method, hop.url.toUri())
                            .host(hop.url.host().text())
                            .port(hop.url.port())
                            .addresses(addresses.subList(0, Math.min(addresses.size(), MAX_ATTEMPTS)))
                            .headers(withTrace(hop))
                            .body(hop.body)
                            .timeout(Duration.ofNanos(remaining()))
                            .build());
            boolean good = false;
            try {
                status = response.status();
                checkHead(response);
                good = true;
                end = Verdict.ANSWERED;
            } finally {
                if (!good) {
                    response.close();
                }
            }
            return response;
        } catch (IOException e) {
            if (isInterrupt(e)) {
                throw interrupted(e);
            }
            throw failed(hop.url, e);
        } catch (RuntimeException e) {
            LOG.warn("request {}: the call of {} failed in the client", requestId, hop.url.origin(), e);
            throw new GuestHttpException(Code.RUNTIME_ERROR, "the client failed");
        } finally {
            tell(hop.url, end, status, System.nanoTime() - began);
        }
    }

    /** The guest's fields, and those that let a trace go on unless the guest does that itself. */
    private Headers withTrace(Hop hop) {
        if (hop.headers.contains(TraceContext.PARENT)) {
            return hop.headers;
        }
        Headers.Builder fields = Headers.builder().addAll(hop.headers);
        Headers more = Headers.none();
        try {
            more = outbound.listener()
                    .outboundHeaders(WagiListener.OutboundStarted.of(
                            outbound.module(),
                            requestId,
                            hop.method,
                            hop.url.host().text(),
                            hop.url.port()));
        } catch (RuntimeException e) {
            LOG.warn("a listener failed", e);
        }
        if (more.fields().isEmpty()) {
            more = TraceContext.of(arrived);
        }
        for (Headers.Field field : more) {
            if (!hop.headers.contains(field.name())) {
                fields.add(field);
            }
        }
        return fields.build();
    }

    private List<InetAddress> addresses(OutboundUrl url) throws IOException, InterruptedException, GuestHttpException {
        InetAddress literal = url.host().address().orElse(null);
        return literal != null
                ? List.of(literal)
                : outbound.lookup().resolve(outbound.client(), url.host().text(), remaining());
    }

    /** Returns how long to wait at most. */
    private long remaining() throws GuestHttpException {
        long nanos = Math.min(remainingNanos.getAsLong(), MAX_NANOS);
        if (nanos <= 0) {
            throw new GuestHttpException(Code.REQUEST_ERROR, "no time is left");
        }
        return nanos + SLACK_NANOS;
    }

    private GuestHttpException refused(OutboundUrl url, String why) {
        String message = url.origin() + " " + why;
        if (!refusalLogged) {
            refusalLogged = true;
            LOG.warn(
                    "an outbound call of guest '{}' (request {}) was refused: {}",
                    outbound.module(),
                    requestId,
                    Escape.text(message));
        }
        return new GuestHttpException(Code.DESTINATION_NOT_ALLOWED, message);
    }

    /** Logs a failure once per run: the operator has to see it, but it must not fill the log. */
    private GuestHttpException failed(OutboundUrl url, IOException e) {
        Throwable root = e;
        for (int i = 0; i < MAX_CAUSES && root.getCause() != null; i++) {
            root = root.getCause();
        }
        LOG.debug("request {}: the call of {} failed", requestId, url.origin(), e);
        if (!failureLogged) {
            failureLogged = true;
            LOG.info(
                    "guest '{}' (request {}) got no response from {}: {}",
                    outbound.module(),
                    requestId,
                    Escape.text(url.origin()),
                    Escape.text(root.toString()));
        }
        return new GuestHttpException(Code.REQUEST_ERROR, "there is no response");
    }

    /** Checks what a custom client may have failed to reject. */
    private static void checkHead(OutboundHttpClient.Response response) throws GuestHttpException {
        int bytes = 0;
        for (Headers.Field field : response.headers()) {
            bytes += field.name().length() + field.value().length() + 4;
        }
        int count = response.headers().fields().size();
        if (bytes > HeaderLines.MAX_BYTES || count > HeaderLines.MAX_COUNT) {
            throw new GuestHttpException(Code.REQUEST_ERROR, "the header of the response is too large");
        }
        if (response.status() < 200 || response.status() > 599) {
            throw new GuestHttpException(Code.REQUEST_ERROR, "the response has no valid status");
        }
    }

    private static @Nullable Hop next(Hop hop, OutboundHttpClient.Response response) throws GuestHttpException {
        boolean redirect = switch (response.status()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
        Set<String> locations = redirect ? new HashSet<>(response.headers().all("Location")) : Set.of();
        if (locations.isEmpty()) {
            return null;
        }
        if (locations.size() > 1) {
            throw new GuestHttpException(Code.REQUEST_ERROR, "it is redirected to several places");
        }
        String location = locations.iterator().next();
        try {
            byte[] octets = location.getBytes(StandardCharsets.ISO_8859_1);
            return hop.next(response.status(), hop.url.resolve(new String(octets, StandardCharsets.UTF_8)));
        } catch (MalformedUrlException e) {
            throw new GuestHttpException(Code.REQUEST_ERROR, "it is redirected to what is no URL: " + e.getMessage());
        }
    }

    private void tell(OutboundUrl url, Verdict verdict, int status, long nanos) {
        try {
            outbound.listener()
                    .outboundCall(WagiListener.OutboundCall.of(
                            outbound.module(), requestId, url.host().text(), verdict, status, Duration.ofNanos(nanos)));
        } catch (RuntimeException e) {
            LOG.warn("a listener failed", e);
        }
    }

    /** SocketTimeoutException is a subclass, but does not mean an interrupt. */
    private static boolean isInterrupt(IOException e) {
        return e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
    }

    private static InterruptedException interrupted(IOException cause) {
        InterruptedException interrupted = new InterruptedException(cause.getMessage());
        interrupted.initCause(cause);
        return interrupted;
    }

    private Held held(int handle) throws GuestHttpException {
        Held response = responses.get(handle);
        if (response == null) {
            throw new GuestHttpException(Code.INVALID_HANDLE, "there is no response " + handle);
        }
        return response;
    }

    @Override
    public int status(int handle) throws GuestHttpException {
        return held(handle).response.status();
    }

    @Override
    public Headers headers(int handle) throws GuestHttpException {
        return held(handle).response.headers();
    }

    @Override
    public GuestInput body(int handle) throws GuestHttpException {
        return held(handle);
    }

    @Override
    public void close(int handle) {
        Held response = responses.remove(handle);
        if (response != null) {
            response.end();
            held -= HEAD_BYTES;
        }
    }

    @Override
    public long heldBytes() {
        return held;
    }

    @Override
    public void close() {
        responses.values().forEach(Held::end);
        responses.clear();
        held = 0;
        requests = outbound.maxRequests();
    }

    /** A response for which the guest has a handle, and its body. */
    private final class Held implements GuestInput {
        private final OutboundHttpClient.Response response;
        private long left;
        private boolean ended;
        private @Nullable GuestHttpException broken;

        Held(OutboundHttpClient.Response response, long maxBody) {
            this.response = response;
            this.left = maxBody;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (broken != null) {
                throw new BrokenBodyException(broken);
            }
            if (ended) {
                return -1;
            }
            int count;
            try {
                count = response.body().read(buffer, offset, length);
            } catch (IOException e) {
                if (isInterrupt(e)) {
                    end();
                    throw e;
                }
                LOG.debug("request {}: the body of a response broke off", requestId, e);
                throw fail(Code.REQUEST_ERROR, "the body of the response broke off");
            } catch (RuntimeException e) {
                LOG.warn("request {}: the body of a response cannot be read", requestId, e);
                throw fail(Code.RUNTIME_ERROR, "the client failed");
            }
            if (count < 0) {
                end();
            } else if (count == 0 && length > 0 || count > length) {
                throw fail(Code.RUNTIME_ERROR, "the client failed");
            }
            left -= count;
            if (left < 0 && count > 0) {
                throw fail(Code.RUNTIME_ERROR, "the body of the response is too large");
            }
            return count;
        }

        private BrokenBodyException fail(Code code, String message) {
            end();
            broken = new GuestHttpException(code, message);
            return new BrokenBodyException(broken);
        }

        void end() {
            if (!ended) {
                ended = true;
                held -= RESPONSE_BYTES - HEAD_BYTES;
                try {
                    response.close();
                } catch (RuntimeException e) {
                    LOG.warn("a response cannot be closed", e);
                }
            }
        }
    }
}
