// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.cgi.CgiRequest;
import java.io.IOException;

/** Reports to listeners that a guest begins to run and that it has ended. For one run and its thread. */
final class ReportedRun {

    private final Listeners listeners;
    private final Journal journal;
    private final WagiListener.GuestStarted start;
    private final CgiRequest request;

    /** Creates the report of a run that has not begun. */
    ReportedRun(Listeners listeners, Journal journal, GuestHandler guest, CgiRequest request) {
        this.listeners = listeners;
        this.journal = journal;
        this.request = request;
        this.start = WagiListener.GuestStarted.of(
                request.id(),
                request.request(),
                guest.configuration().name(),
                guest.endpoint(request.path()).pattern().toString());
    }

    /** Reports the start; {@link #ended} must follow. Returns the request that the guest sees. */
    CgiRequest begin() {
        Headers replaced = listeners.guestStarted(start);
        if (replaced.fields().isEmpty()) {
            return request;
        }
        Headers.Builder fields = Headers.builder();
        for (Headers.Field field : request.request().headers()) {
            if (!replaced.contains(field.name())) {
                fields.add(field);
            }
        }
        return request.with(
                request.request().withHeaders(fields.addAll(replaced).build()));
    }

    /** Notes what has left the run. */
    void failed(Throwable failure) {
        if (failure instanceof Custody.LostException) {
            return; // the thread that took the request has noted how it ended
        }
        journal.note(failure instanceof IOException ? RequestOutcome.CLIENT_GONE : RequestOutcome.HOST_FAILURE);
    }

    /** Reports the end. */
    void ended() {
        listeners.guestEnded(journal.ended(start));
    }
}
