// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what Jetty refuses before or instead of us: the phrase of the status and nothing else. */
final class PlainErrors implements Request.Handler {

    private static final Logger LOG = LoggerFactory.getLogger(WagiServer.class);

    private static final int LONGEST_REASON = 200;
    private static final Pattern NOT_PRINTABLE = Pattern.compile("[^\\x20-\\x7e]");

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (LOG.isDebugEnabled()) {
            LOG.debug(
                    "a request from {} was refused before it had an id: {} {}",
                    request.getConnectionMetaData().getRemoteSocketAddress(),
                    response.getStatus(),
                    reason(request));
        }
        byte[] body = (HttpStatus.getMessage(response.getStatus()) + "\n").getBytes(StandardCharsets.US_ASCII);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        if (response.getStatus() == HttpStatus.SERVICE_UNAVAILABLE_503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
        }
        if (response.getStatus() == HttpStatus.BAD_REQUEST_400
                && request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion()) {
            // Where a malformed request ends is not to be relied upon.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }

    /** Why, in the server's words, which may quote the client's. */
    private static String reason(Request request) {
        Object cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
        String text = String.valueOf(cause == null ? request.getAttribute(ErrorHandler.ERROR_MESSAGE) : cause);
        String cut = text.length() > LONGEST_REASON ? text.substring(0, LONGEST_REASON) + "..." : text;
        return NOT_PRINTABLE.matcher(cut).replaceAll("?");
    }
}
