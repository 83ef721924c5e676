// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiListener;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All listeners of a host as one. Knows which of them care for requests, so that nothing is measured for those that do
 * not; what one of them throws is logged and reaches neither the others nor the request. Immutable.
 */
public final class Listeners implements WagiListener {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final List<WagiListener> all;
    private final boolean started;
    private final boolean ended;
    private final boolean lines;
    private final boolean guests;

    /** Of a host; called in this order. */
    public Listeners(List<WagiListener> all) {
        this.all = List.copyOf(all);
        this.started = all.stream().anyMatch(one -> overrides(one, "requestStarted", RequestStarted.class));
        this.ended = all.stream().anyMatch(one -> overrides(one, "requestEnded", RequestEnded.class));
        this.lines = all.stream().anyMatch(one -> overrides(one, "guestLogged", GuestLogged.class));
        this.guests = all.stream()
                .anyMatch(one -> overrides(one, "guestStarted", GuestStarted.class)
                        || overrides(one, "guestEnded", GuestEnded.class));
    }

    /** Whether a listener does something in a method of ours that does nothing by default. */
    private static boolean overrides(WagiListener listener, String method, Class<?> event) {
        try {
            return listener.getClass().getMethod(method, event).getDeclaringClass() != WagiListener.class;
        } catch (NoSuchMethodException e) {
            return true; // where methods cannot be looked up
        }
    }

    /** Whether any of them wants to know when requests or guests begin: none of them may then begin twice. */
    public boolean wantStarts() {
        return started || guests;
    }

    /** Whether any of them wants to know when guests begin and end. */
    boolean wantGuests() {
        return guests;
    }

    /** Whether any of them wants to know of requests at all. */
    public boolean wantRequests() {
        return started || ended || guests;
    }

    /** Returns a log that also tells those who want to know what guests write; the same if there is nobody. */
    GuestLog with(GuestLog log) {
        if (!lines) {
            return log;
        }
        return (module, requestId, line) -> {
            try {
                log.line(module, requestId, line);
            } finally {
                guestLogged(GuestLogged.of(module, requestId, line));
            }
        };
    }

    private void tell(Consumer<WagiListener> event) {
        for (WagiListener listener : all) {
            tell(listener, event);
        }
    }

    private static void tell(WagiListener listener, Consumer<WagiListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            LOG.error("a listener failed", e);
        }
    }

    @Override
    public void moduleLoading(ModuleLoading event) {
        tell(listener -> listener.moduleLoading(event));
    }

    @Override
    public void moduleLoaded(ModuleLoaded event) {
        tell(listener -> listener.moduleLoaded(event));
    }

    @Override
    public void limitReached(LimitReached event) {
        tell(listener -> listener.limitReached(event));
    }

    @Override
    public void guestAbandoned(GuestAbandoned event) {
        tell(listener -> listener.guestAbandoned(event));
    }

    /** Takes no heap. */
    @Override
    public void heapExhausted() {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).heapExhausted();
        }
    }

    @Override
    public void requestStarted(RequestStarted event) {
        tell(listener -> listener.requestStarted(event));
    }

    @Override
    public void requestEnded(RequestEnded event) {
        tell(listener -> listener.requestEnded(event));
    }

    @Override
    public Headers guestStarted(GuestStarted event) {
        Headers.Builder fields = Headers.builder();
        tell(listener -> fields.addAll(listener.guestStarted(event)));
        return fields.build();
    }

    /** The last one first, because what they have opened on this thread is nested. */
    @Override
    public void guestEnded(GuestEnded event) {
        for (int i = all.size() - 1; i >= 0; i--) {
            tell(all.get(i), listener -> listener.guestEnded(event));
        }
    }

    @Override
    public Headers outboundHeaders(OutboundStarted event) {
        Headers.Builder fields = Headers.builder();
        tell(listener -> fields.addAll(listener.outboundHeaders(event)));
        return fields.build();
    }

    @Override
    public void outboundCall(OutboundCall event) {
        tell(listener -> listener.outboundCall(event));
    }

    @Override
    public void guestLogged(GuestLogged event) {
        tell(listener -> listener.guestLogged(event));
    }

    @Override
    public void requestWarned(RequestWarned event) {
        tell(listener -> listener.requestWarned(event));
    }
}
