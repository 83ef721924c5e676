// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Retries what failed for temporary reasons: five attempts at most, after 0.5, 1, 2 and 4 seconds, each varied randomly
 * by up to half, or after the time that the server gives. Gives up if the pause would exceed the deadline, and after
 * three attempts if no connection could be made.
 */
public final class Retry {

    private static final int TRIES = 5;
    private static final int TRIES_TO_CONNECT = 3;
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

    private final Timing timing;
    private final Deadline deadline;
    private final BiConsumer<String, Duration> listener;
    private int tries;

    /** Creates the retries of one operation. */
    public Retry(Timing timing, Deadline deadline, BiConsumer<String, Duration> listener) {
        this.timing = timing;
        this.deadline = deadline;
        this.listener = listener;
    }

    /** Whether a status code means that the same request may succeed later. */
    public static boolean isPassing(int status) {
        return PASSING.contains(status);
    }

    /**
     * Waits until the next attempt.
     *
     * @param reason why the last attempt failed
     * @param isReached whether a connection could be made
     * @return false if there must be no further attempt
     */
    public boolean again(String reason, boolean isReached, Optional<String> retryAfter) throws IOException {
        tries++;
        if (tries >= (isReached ? TRIES : TRIES_TO_CONNECT)) {
            return false;
        }
        Duration pause = retryAfter.flatMap(this::parse).orElseGet(this::backoff);
        if (pause.compareTo(deadline.left()) >= 0) {
            return false;
        }
        listener.accept(reason, pause);
        try {
            timing.pause().await(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("was interrupted");
        }
        return true;
    }

    private Duration backoff() {
        double factor = (0.5 + timing.chance().getAsDouble()) * (1L << (tries - 1));
        return Duration.ofMillis((long) (FIRST.toMillis() * factor));
    }

    /** Parses a number of seconds or a date (RFC 9110, section 10.2.3); anything else is ignored. */
    private Optional<Duration> parse(String retryAfter) {
        String text = retryAfter.strip();
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration time = Duration.between(timing.clock().instant(), date);
            return Optional.of(time.isNegative() ? Duration.ZERO : time);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
