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
 * The log of one container: lines of {@code 2026-11-28T10:15:30.123456789Z text}. Of 10 MiB it keeps the file before it too, as
 * a kubelet with two files would. Thread-safe.
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

    /** Goes on with the files of an earlier run. */
    public ContainerLog(Path directory, String container, Clock clock) {
        this.file = directory.resolve(container + ".log");
        this.older = directory.resolve(container + ".1.log");
        this.previous = directory.resolve(container + ".previous.log");
        this.clock = clock;
    }

    /** Appends a line. What cannot be written is lost; the log of the node says so. */
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

    /** Keeps what was written as the log of the previous run of the container, and begins another. */
    public synchronized void restart() {
        try {
            closeWriter();
            if (Files.exists(file)) {
                Files.move(file, previous, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.write(previous, new byte[0]); // it ran, and wrote nothing
            }
            Files.deleteIfExists(older);
            generation++;
        } catch (IOException e) {
            LOG.warn("the log {} cannot be kept: {}", file, e.toString());
        }
    }

    private void closeWriter() throws IOException {
        if (writer != null) {
            writer.close();
            writer = null;
        }
        bytes = 0;
    }

    /** Writes no more; those who wait for lines are woken. */
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

    /** Whether there was a run of the container before. */
    public boolean hasPrevious() {
        return Files.exists(previous);
    }

    /** Where lines go. */
    @FunctionalInterface
    public interface Sink {
        /** Takes a line with its time; false if it wants no more. */
        boolean line(String time, String text) throws IOException;
    }

    /**
     * Reads.
     *
     * @param since lines from then on
     * @param tail at most that many of the last lines of what is there; negative for all
     * @param follow whether to wait for more, until the log is closed or the sink wants no more
     * @param idle called about every second while nothing comes; false to stop
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

    /** Called while nothing comes. */
    @FunctionalInterface
    public interface Idle {
        /** Whether to go on waiting. */
        boolean goOn() throws IOException;
    }

    @FunctionalInterface
    private interface LineReader {
        boolean line(String line) throws IOException;
    }

    /** Reads whole lines from a position on, and returns the position after them. */
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
