// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import java.io.IOException;
import org.eclipse.jetty.client.EarlyHintsProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;

/**
 * Ignores a limited number of interim responses per exchange: all of them except 101, which switches to another
 * protocol.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-15.2">RFC 9110, section 15.2</a>
 */
final class InterimResponses extends EarlyHintsProtocolHandler {

    private static final int MAX = 64;

    private static final String COUNT = InterimResponses.class.getName();

    @Override
    public String getName() {
        return "interim";
    }

    @Override
    public boolean accept(Request request, Response response) {
        return HttpStatus.isInformational(response.getStatus())
                && response.getStatus() != HttpStatus.SWITCHING_PROTOCOLS_101;
    }

    @Override
    protected void onEarlyHints(Request request, HttpFields fields) {
        int count = request.getAttributes().get(COUNT) instanceof Integer before ? before + 1 : 1;
        request.attribute(COUNT, count);
        if (count > MAX) {
            request.abort(new IOException("the server sends more than " + MAX + " interim responses"));
        }
    }
}
