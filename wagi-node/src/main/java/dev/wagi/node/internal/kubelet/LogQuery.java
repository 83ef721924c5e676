// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import dev.wagi.node.internal.log.ContainerLog;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.eclipse.jetty.util.Fields;

/**
 * The query of {@code kubectl logs}.
 *
 * @param follow whether to wait for further lines
 * @param previous whether to read the log of the previous run
 * @param timestamps whether lines begin with their time
 * @param since the time of the first line
 * @param tail the number of lines from the end; negative for all
 * @param limitBytes the maximum number of bytes; negative for no limit
 * @see <a
 *     href="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod">Kubernetes
 *     API, read log of the specified Pod</a>
 */
record LogQuery(
        boolean follow, boolean previous, boolean timestamps, Optional<Instant> since, long tail, long limitBytes) {

    /**
     * Parses a query.
     *
     * @throws IllegalArgumentException if a value is malformed; the message is for the caller
     */
    static LogQuery of(Fields query, Clock clock) {
        Optional<Instant> since = Optional.empty();
        String seconds = query.getValue("sinceSeconds");
        String time = query.getValue("sinceTime");
        if (seconds != null) {
            since = Optional.of(clock.instant().minusSeconds(number("sinceSeconds", seconds)));
        } else if (time != null) {
            try {
                since = Optional.of(OffsetDateTime.parse(time).toInstant());
            } catch (DateTimeException e) {
                throw new IllegalArgumentException("sinceTime is not an RFC 3339 time", e);
            }
        }
        String tail = query.getValue("tailLines");
        String limit = query.getValue("limitBytes");
        return new LogQuery(
                flag(query, "follow"),
                flag(query, "previous"),
                flag(query, "timestamps"),
                since,
                tail == null ? -1 : number("tailLines", tail),
                limit == null ? -1 : number("limitBytes", limit));
    }

    private static boolean flag(Fields query, String name) {
        String value = query.getValue(name);
        return value != null && !value.equals("false") && !value.equals("0");
    }

    private static long number(String name, String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= Integer.MAX_VALUE) {
                return number;
            }
        } catch (NumberFormatException e) {
            // It is reported below.
        }
        throw new IllegalArgumentException(name + " is not a number of 0 or more");
    }

    /**
     * Writes the requested part of a log. Returns when that is done, or with {@code follow} when the container ends.
     *
     * @param idle called about every second while there are no new lines; returns false to stop
     */
    void write(ContainerLog log, OutputStream out, ContainerLog.Idle idle) throws IOException, InterruptedException {
        long[] left = {limitBytes < 0 ? Long.MAX_VALUE : limitBytes};
        log.read(
                previous,
                since,
                tail,
                follow,
                (time, text) -> {
                    byte[] line = ((timestamps ? time + " " : "") + text + "\n").getBytes(StandardCharsets.UTF_8);
                    int length = (int) Math.min(line.length, left[0]);
                    out.write(line, 0, length);
                    if (follow) {
                        out.flush();
                    }
                    left[0] -= length;
                    return left[0] > 0;
                },
                idle);
    }
}
