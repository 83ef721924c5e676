// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.log;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestOutput;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes the standard error of one request line by line to the module's log. For one thread. */
public final class StderrLog implements GuestOutput {

    private static final Logger LOG = LoggerFactory.getLogger(StderrLog.class);

    private static final int MAX_LINE = 8 << 10;

    /** The cost of a line in addition to its bytes, so that many empty lines are limited too. */
    private static final int LINE_COST = 64;

    private final GuestLog log;
    private final String module;
    private final String requestId;
    private final int max;
    private @Nullable ByteArrayOutputStream line;
    private int total;

    /**
     * Creates the standard error of a request.
     *
     * @param max how many bytes are logged
     */
    public StderrLog(GuestLog log, String module, String requestId, int max) {
        this.max = max;
        this.log = log;
        this.module = module;
        this.requestId = requestId;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        StackRoom.LIBRARIES.require();
        if (line == null) {
            line = new ByteArrayOutputStream(); // most guests print nothing
        }
        for (int i = offset; i < offset + length && total <= max; i++) {
            total += bytes[i] == '\n' ? LINE_COST : 1;
            if (total > max) {
                finish();
                log("[standard error cut after " + max + " bytes]");
            } else if (bytes[i] == '\n') {
                emit(line);
            } else {
                line.write(bytes[i]);
                if (line.size() == MAX_LINE) {
                    emit(line);
                }
            }
        }
    }

    @Override
    public void flush() {
        // Lines are logged when they are complete.
    }

    /** Logs the last, incomplete line when the guest has ended. */
    public void finish() {
        if (line != null && line.size() > 0) {
            emit(line);
        }
    }

    private void emit(ByteArrayOutputStream whole) {
        String text = whole.toString(StandardCharsets.UTF_8);
        whole.reset();
        log(Escape.line(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text));
    }

    /** A failing log must affect neither the guest nor the client. */
    private void log(String text) {
        try {
            log.line(module, requestId, text);
        } catch (RuntimeException e) {
            LOG.error("the log of guests failed; a line is lost", e);
        }
    }
}
