// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.log;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one container, with lines of the form {@code 2026-11-28T10:15:30.123456789Z text}. At 10 MiB the file is
 * rotated and the previous one is kept, as a kubelet with two files does. Thread-safe.
 */
public final class ContainerLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ContainerLog.class);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

    private static final long MAX_BYTES = 10 << 20;

    private final Path file;
    private final Path older;
    private final Path previous;
    private final Clock clock;
    private @Nullable Writer writer; // guarded by this
    private long bytes; // guarded by this
    private long lines; // guarded by this
    private long generation; // guarded by this
    private boolean closed; // guarded by this

    /** Creates a log that continues the files of an earlier run. */
    public ContainerLog(Path directory, String container, Clock clock) {
        this.file = directory.resolve(container + ".log");
        this.older = directory.resolve(container + ".1.log");
        this.previous = directory.resolve(container + ".previous.log");
        this.clock = clock;
    }

    /** Appends a line. If it cannot be written, it is lost and a warning is logged. */
    public synchronized void append(String line) {
        if (closed) {
            return;
        }
        try {
            if (bytes > MAX_BYTES) {
                closeWriter();
                Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
                generation++;
            }
            if (writer == null) {
                writer = Files.newBufferedWriter(
                        file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                bytes = Files.size(file);
            }
            String text = TIME.format(clock.instant()) + " " + line + "\n";
            writer.write(text);
            writer.flush();
            bytes += text.length();
            lines++;
        } catch (IOException e) {
            LOG.warn("a line for {} is lost: {}", file, e.toString());
        }
        notifyAll();
    }

    /** Keeps the lines as the log of the container's previous run, and starts a new log. */
    public synchronized void restart() {
        try {
            closeWriter();
            if (Files.exists(file)) {
                Files.move(file, previous, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.write(previous, new byte[0]); // it ran without output
            }
            Files.deleteIfExists(older);
            generation++;
        } catch (IOException e) {
            LOG.warn("the log {} cannot be rotated: {}", file, e.toString());
        }
    }

    private void closeWriter() throws IOException {
        if (writer != null) {
            writer.close();
            writer = null;
        }
        bytes = 0;
    }

    /** Stops writing and wakes readers that wait for lines. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            closeWriter();
        } catch (IOException e) {
            LOG.debug("a log was not closed cleanly", e);
        }
        notifyAll();
    }

    /** Whether there is a log of a previous run of the container. */
    public boolean hasPrevious() {
        return Files.exists(previous);
    }

    /** Receives the lines of a log. */
    @FunctionalInterface
    public interface Sink {
        /** Receives a line with its time; returns false to stop. */
        boolean line(String time, String text) throws IOException;
    }

    /**
     * Reads the log.
     *
     * @param since the time of the first line
     * @param tail the maximum number of existing lines, from the end; negative for all
     * @param follow whether to wait for further lines, until the log is closed or the sink stops
     * @param idle called about every second while there are no new lines; returns false to stop
     */
    public void read(boolean ofPrevious, Optional<Instant> since, long tail, boolean follow, Sink sink, Idle idle)
            throws IOException, InterruptedException {
        long seen;
        long seenGeneration;
        synchronized (this) {
            seen = lines;
            seenGeneration = generation;
        }
        List<Path> files = ofPrevious ? List.of(previous) : List.of(older, file);
        String from = since.map(TIME::format).orElse("");
        long position = 0;
        if (tail >= 0) {
            Deque<String> last = new ArrayDeque<>();
            for (Path each : files) {
                long length = forEachLine(each, 0, line -> {
                    if (line.compareTo(from) >= 0) {
                        last.addLast(line);
                        if (last.size() > tail) {
                            last.removeFirst();
                        }
                    }
                    return true;
                });
                position = each.equals(file) ? length : position;
            }
            for (String line : last) {
                if (!send(line, sink)) {
                    return;
                }
            }
        } else {
            boolean[] wanted = {true};
            for (Path each : files) {
                long length = forEachLine(each, 0, line -> {
                    wanted[0] = line.compareTo(from) < 0 || send(line, sink);
                    return wanted[0];
                });
                position = each.equals(file) ? length : position;
                if (!wanted[0]) {
                    return;
                }
            }
        }
        if (follow && !ofPrevious) {
            follow(seen, seenGeneration, position, sink, idle);
        }
    }

    private void follow(long from, long fromGeneration, long start, Sink sink, Idle idle)
            throws IOException, InterruptedException {
        long seen = from;
        long seenGeneration = fromGeneration;
        long position = start;
        while (true) {
            synchronized (this) {
                if (lines == seen && !closed) {
                    wait(1000);
                }
                if (lines == seen && closed) {
                    return;
                }
                if (generation != seenGeneration) {
                    seenGeneration = generation;
                    position = 0;
                }
                seen = lines;
            }
            boolean[] wanted = {true};
            long before = position;
            position = forEachLine(file, position, line -> {
                wanted[0] = send(line, sink);
                return wanted[0];
            });
            if (!wanted[0] || position == before && !idle.goOn()) {
                return;
            }
        }
    }

    /** Called while there are no new lines. */
    @FunctionalInterface
    public interface Idle {
        /** Whether to continue waiting. */
        boolean goOn() throws IOException;
    }

    @FunctionalInterface
    private interface LineReader {
        boolean line(String line) throws IOException;
    }

    /** Reads complete lines from a position, and returns the position after them. */
    private static long forEachLine(Path file, long from, LineReader reader) throws IOException {
        if (!Files.exists(file)) {
            return from;
        }
        long position = from;
        try (var channel = Files.newByteChannel(file)) {
            channel.position(Math.min(from, channel.size()));
            BufferedReader lines = new BufferedReader(new java.io.InputStreamReader(
                    java.nio.channels.Channels.newInputStream(channel), StandardCharsets.UTF_8));
            StringBuilder line = new StringBuilder();
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                String text = line.toString();
                line.setLength(0);
                position += text.getBytes(StandardCharsets.UTF_8).length + 1L;
                if (!reader.line(text)) {
                    return position;
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return position;
    }

    private static boolean send(String line, Sink sink) throws IOException {
        int space = line.indexOf(' ');
        return space < 0 || sink.line(line.substring(0, space), line.substring(space + 1));
    }
}
