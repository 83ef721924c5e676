// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What listeners will want to know about one request: noted on its way, reported at its end. There is none if no
 * listener asks. It stands in front of the transport and counts what passes. A guest that was given up may still write
 * here, so all is guarded by this; the transport is called without the lock.
 */
final class Journal implements ResponseSink {

    private final WagiListener listener;
    private final String id;
    private final long began;
    private final ResponseSink transport;
    private WagiRequest request;
    private @Nullable RequestOutcome outcome;
    private @Nullable String module;
    private @Nullable String route;
    private @Nullable Boolean reused;
    private @Nullable Integer exitCode;
    private int status;
    private boolean complete;
    private boolean aborted;
    private long bytesIn;
    private long bytesOut;
    private long queueNanos;
    private long guestNanos;
    private long waitsSince;
    private long runsSince;
    private boolean waits;
    private boolean runs;
    private boolean announced;
    private boolean reported;

    /**
     * Of a request that has just arrived.
     *
     * @param began when it did, in terms of {@link System#nanoTime}
     */
    Journal(WagiListener listener, String id, WagiRequest request, long began, ResponseSink transport) {
        this.listener = listener;
        this.id = id;
        this.request = request;
        this.began = began;
        this.transport = transport;
    }

    /** What the request is, as far as the host believes what came with it. */
    synchronized void parsed(WagiRequest believed) {
        request = believed;
    }

    /**
     * Where it leads now; null for no module, and for neither module nor files. After a local redirect, the guest that
     * has sent it there is not the one that the event is about.
     */
    synchronized void located(@Nullable String name, @Nullable String pattern) {
        reused = null;
        exitCode = null;
        module = name;
        route = pattern;
    }

    /** Says that it has begun, once. */
    void announce() {
        WagiListener.RequestStarted event;
        synchronized (this) {
            if (announced) {
                return;
            }
            announced = true;
            event = WagiListener.RequestStarted.of(id, request);
            if (route != null) {
                event = module == null ? event.withRoute(route) : event.withModule(module, route);
            }
        }
        listener.requestStarted(event);
    }

    /** How it ends; the first word counts, what follows is a consequence. */
    synchronized void note(RequestOutcome end) {
        if (outcome == null) {
            outcome = end;
        }
    }

    /** Completes the event of a run that has ended just now. */
    synchronized WagiListener.GuestEnded ended(WagiListener.GuestStarted start) {
        WagiListener.GuestEnded event = WagiListener.GuestEnded.of(start);
        if (outcome != null) {
            return event.withResponse(status, outcome);
        }
        return complete ? event.withResponse(status, RequestOutcome.ANSWERED) : event;
    }

    /** It begins to wait for its turn. */
    synchronized void waits() {
        waits = true;
        waitsSince = System.nanoTime();
    }

    /** It does not wait any more, if it did. */
    synchronized void waited() {
        if (waits) {
            waits = false;
            queueNanos += System.nanoTime() - waitsSince;
        }
    }

    /** Its guest begins to run. */
    synchronized void runs(boolean again) {
        waited();
        reused = again;
        runs = true;
        runsSince = System.nanoTime();
    }

    /** Its guest has ended by itself. */
    synchronized void exited(int code) {
        exitCode = code;
    }

    /** Its guest has ended, if there was one. */
    synchronized void ran() {
        if (runs) {
            runs = false;
            guestNanos += System.nanoTime() - runsSince;
        }
    }

    /** So much of its body has been read in all, at least. */
    synchronized void read(long bytes) {
        bytesIn = Math.max(bytesIn, bytes);
    }

    /** The host has sent a body past this sink. */
    synchronized void sent(long bytes, boolean whole) {
        bytesOut += bytes;
        complete = whole;
        aborted = !whole;
    }

    /** It is over: says so, once. */
    void report() {
        WagiListener.RequestEnded event;
        announce();
        synchronized (this) {
            if (reported) {
                return;
            }
            reported = true;
            waited();
            ran();
            RequestOutcome end = outcome;
            if (end == null) {
                end = complete ? RequestOutcome.ANSWERED : RequestOutcome.HOST_FAILURE;
            }
            WagiListener.RequestEnded.Builder builder = WagiListener.RequestEnded.builder(id, request, end)
                    .response(status, aborted)
                    .nanos(queueNanos, guestNanos, System.nanoTime() - began)
                    .bytes(bytesIn, bytesOut);
            if (route != null && module != null) {
                builder.module(module, route);
            } else if (route != null) {
                builder.route(route);
            }
            if (reused != null) {
                builder.reused(reused);
            }
            if (exitCode != null) {
                builder.exitCode(exitCode);
            }
            event = builder.build();
        }
        listener.requestEnded(event);
    }

    @Override
    public void start(int code, Headers headers, long contentLength) throws IOException {
        synchronized (this) {
            status = code;
        }
        transport.start(code, headers, contentLength);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        synchronized (this) {
            bytesOut += length;
        }
        transport.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        transport.flush();
    }

    @Override
    public void end() throws IOException {
        transport.end();
        synchronized (this) {
            complete = true;
        }
    }

    @Override
    public void abort() {
        synchronized (this) {
            aborted = true;
        }
        transport.abort();
    }
}
