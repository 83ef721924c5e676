// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.config.StaticConfiguration;
import dev.wagi.core.internal.files.FileAnswer;
import dev.wagi.core.internal.files.StaticFiles;
import dev.wagi.core.internal.route.Route;
import dev.wagi.core.internal.transport.BackgroundSink;
import dev.wagi.core.internal.transport.BodySource;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.VolumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests with files, without a guest. Thread-safe. */
final class FileHandler implements RouteTarget {

    private static final Logger LOG = LoggerFactory.getLogger(FileHandler.class);

    private static final int BUFFER_BYTES = 32 << 10;

    private final StaticConfiguration configuration;
    private final StaticFiles files;
    private final Transfers transfers;

    /**
     * Creates the handler of a route.
     *
     * @param mount the directory of the files
     * @param transfers counts what is being sent
     */
    FileHandler(StaticConfiguration configuration, Mount mount, Transfers transfers) {
        this.configuration = configuration;
        this.transfers = transfers;
        this.files = new StaticFiles(
                mount,
                configuration.only(),
                configuration.index(),
                configuration.types(),
                configuration.caching(),
                configuration.precompressed());
    }

    @Override
    public RouteInfo describe(Route<?> route) {
        return RouteInfo.ofFiles(route.pattern().toString(), configuration.path())
                .withHosts(route.hosts())
                .withMethods(route.methods());
    }

    /** Returns the pattern of its route, as configured. */
    String route() {
        return configuration.route().toString();
    }

    /**
     * Answers a request.
     *
     * @param redirected whether a guest has named this path, so that the client asked for another one
     * @param mayReturn whether the request may go on without this thread
     * @return whether the request is answered; if not, it ends by itself
     * @throws IOException if the client has disconnected
     */
    boolean answer(Exchange exchange, CgiRequest request, boolean redirected, boolean mayReturn) throws IOException {
        ResponseSink sink = exchange.sink();
        String target = request.request().target();
        int mark = target.indexOf('?');
        String url = mark < 0 ? target : target.substring(0, mark);
        FileAnswer answer;
        try {
            answer = files.answer(
                    configuration.route().pathInfo(request.path()),
                    configuration.route().rawPathInfo(request.path()),
                    redirected ? "" : url.substring(url.lastIndexOf('/') + 1),
                    mark < 0 ? "" : target.substring(mark),
                    exchange.isHead(),
                    request.request().headers());
        } catch (VolumeException e) {
            LOG.warn("request {} cannot have a file of {}: {}", exchange.id(), configuration.place(), e.getMessage());
            return unavailable(exchange, RequestOutcome.HOST_FAILURE);
        }
        BodySource body = answer.body();
        if (body == null) {
            sendHead(exchange, sink, answer);
            return true;
        }
        BackgroundSink background = mayReturn ? exchange.background() : null;
        boolean handedOver = false;
        boolean began = false;
        try {
            began = transfers.begin(background == null);
            if (!began) {
                LOG.debug("request {} was refused: too many files are being sent", exchange.id());
                return unavailable(exchange, RequestOutcome.QUEUE_FULL);
            }
            sink.start(answer.status(), fields(answer, exchange.id()), answer.length());
            if (background == null) {
                copy(exchange, body, answer.length(), sink);
                return true;
            }
            handedOver = true;
            exchange.sendInBackground(background, body, answer.length(), () -> transfers.end(false));
            return false;
        } finally {
            if (!handedOver) {
                body.close();
                if (began) {
                    transfers.end(background == null);
                }
            }
        }
    }

    private static boolean unavailable(Exchange exchange, RequestOutcome outcome) throws IOException {
        exchange.note(outcome);
        Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
        return true;
    }

    private static void sendHead(Exchange exchange, ResponseSink sink, FileAnswer answer) throws IOException {
        if (answer.isFile()) {
            sink.start(answer.status(), fields(answer, exchange.id()), answer.length());
            sink.end();
            exchange.note(RequestOutcome.FILE);
            return;
        }
        exchange.note(answer.status() == 404 ? RequestOutcome.NOT_FOUND : RequestOutcome.FILE);
        Failure text = switch (answer.status()) {
            case 301 -> Failure.MOVED;
            case 412 -> Failure.PRECONDITION;
            case 416 -> Failure.RANGE;
            default -> Failure.NOT_FOUND;
        };
        text.send(sink, exchange.id(), exchange.isHead(), answer.headers());
    }

    private static Headers fields(FileAnswer answer, String id) {
        return Headers.builder()
                .addAll(answer.headers())
                .add(RequestId.HEADER, id)
                .build();
    }

    /** Sends a body on this thread, which waits for the client. */
    private static void copy(Exchange exchange, BodySource body, long length, ResponseSink sink) throws IOException {
        byte[] buffer = new byte[(int) Math.min(length, BUFFER_BYTES)];
        for (long rest = length; rest > 0; ) {
            int read;
            try {
                read = body.read(ByteBuffer.wrap(buffer));
            } catch (VolumeException e) {
                LOG.debug("request {}: a file cannot be read", exchange.id(), e);
                read = -1;
            }
            if (read < 0) {
                LOG.warn("request {}: a file is shorter than it was, or cannot be read", exchange.id());
                exchange.note(RequestOutcome.HOST_FAILURE);
                sink.abort();
                return;
            }
            sink.write(buffer, 0, read);
            rest -= read;
        }
        sink.end();
        exchange.note(RequestOutcome.FILE);
    }
}
