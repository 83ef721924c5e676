// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What the guests of one module may take. Immutable; begin with {@link #defaults} and change what should be different:
 *
 * <pre>{@code
 * Limits.defaults().withTimeout(Duration.ofSeconds(5)).withMaxMemoryBytes(64 << 20)
 * }</pre>
 *
 * The call depth is not among them: it is bounded by the stack of the thread that runs the guest, and a guest that exhausts
 * it traps.
 *
 * @param timeout from the arrival of a request to the last byte of its response: waiting for a turn, reading the body, the
 *     guest, its outbound calls. Answered 504, or broken off once the response has begun. 1 ms to 365 days; 30 s by default
 * @param maxMemoryBytes the memory of one guest, rounded down to pages of 64 KiB: {@code memory.grow} fails beyond it, and
 *     a module that begins with more is not loaded. 64 KiB to 2 GiB less one page; 256 MiB by default
 * @param maxTableEntries of all tables of one guest together, 8 bytes each; {@code table.grow} fails beyond it, and a module
 *     that begins with more is not loaded. 0 to 1048576, which is the default
 * @param maxOpenFiles descriptors that one guest may have open, standard streams and directories of volumes included. 3 to
 *     1024; 64 by default
 * @param maxRequestBodyBytes of the request's body, answered 413. 10 MiB by default
 * @param maxRequestHeaders header fields of the request, answered 431. 1 to 1024; 256 by default
 * @param maxResponseBodyBytes what a guest may print after its header block, answered 502, or broken off once the response
 *     has begun. 64 MiB by default
 * @param maxHeaderBytes of the header block that a guest prints, answered 502. 64 to 65536, which is the default
 * @param maxHeaders fields in it, answered 502. 1 to 1024; 256 by default
 * @param maxStderrBytes what is logged of a guest's standard error; the rest is cut, and the log says so. A line costs 64
 *     bytes beside its text. 0 to 1 GiB; 1 MiB by default
 * @param maxConcurrency requests of one module that run at the same time. 1 to 65536; 12 for each processor by
 *     default, three quarters of what all modules have
 * @param maxQueue requests of one module that wait for their turn; others are answered 503. 0 to 65536; 192 by default, three
 *     quarters of what all modules have
 * @param minRequestBodyRate bytes of the request's body that must come in a second while a guest waits for them, answered 408
 *     or broken off. It begins to count when the guest has waited for a sixth of the timeout. 0 to 1 GiB; 256 by default, 0
 *     for no matter how slowly
 * @param httpMaxConcurrency responses of outbound calls that one guest may hold open. 1 to 256; 4 by default
 * @param httpMaxRequests outbound calls that one guest may make in one request, redirects included. 0 to 10000; 32 by default
 * @param httpMaxResponseBodyBytes of the body of one outbound call's response. 16 MiB by default
 */
public record Limits(
        Duration timeout,
        long maxMemoryBytes,
        int maxTableEntries,
        int maxOpenFiles,
        long maxRequestBodyBytes,
        int maxRequestHeaders,
        long maxResponseBodyBytes,
        int maxHeaderBytes,
        int maxHeaders,
        int maxStderrBytes,
        int maxConcurrency,
        int maxQueue,
        int minRequestBodyRate,
        int httpMaxConcurrency,
        int httpMaxRequests,
        long httpMaxResponseBodyBytes) {

    private static final long PAGE = 64 << 10;
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final int MOST_AT_ONCE = 1 << 16;
    private static final int MOST_HEADERS = 1024;

    private static final Limits DEFAULTS = new Limits(
            Duration.ofSeconds(30),
            256 << 20,
            1 << 20,
            64,
            10 << 20,
            256,
            64 << 20,
            64 << 10,
            256,
            1 << 20,
            Math.min(MOST_AT_ONCE, Runtime.getRuntime().availableProcessors() * 12),
            192,
            256,
            4,
            32,
            16 << 20);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is left; it names the parameter
     */
    public Limits {
        Objects.requireNonNull(timeout, "timeout");
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("timeout must be 1 ms to 365 days");
        }
        check("maxMemoryBytes", maxMemoryBytes, PAGE, (1L << 31) - PAGE);
        check("maxTableEntries", maxTableEntries, 0, 1 << 20);
        check("maxOpenFiles", maxOpenFiles, 3, 1024);
        check("maxRequestBodyBytes", maxRequestBodyBytes, 0, Long.MAX_VALUE);
        check("maxRequestHeaders", maxRequestHeaders, 1, MOST_HEADERS);
        check("maxResponseBodyBytes", maxResponseBodyBytes, 0, Long.MAX_VALUE);
        check("maxHeaderBytes", maxHeaderBytes, 64, 64 << 10);
        check("maxHeaders", maxHeaders, 1, MOST_HEADERS);
        check("maxStderrBytes", maxStderrBytes, 0, 1 << 30);
        check("maxConcurrency", maxConcurrency, 1, MOST_AT_ONCE);
        check("maxQueue", maxQueue, 0, MOST_AT_ONCE);
        check("minRequestBodyRate", minRequestBodyRate, 0, 1 << 30);
        check("httpMaxConcurrency", httpMaxConcurrency, 1, 256);
        check("httpMaxRequests", httpMaxRequests, 0, 10_000);
        check("httpMaxResponseBodyBytes", httpMaxResponseBodyBytes, 0, Long.MAX_VALUE);
    }

    private static void check(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    most == Long.MAX_VALUE
                            ? name + " must not be negative"
                            : name + " must be " + least + " to " + most + ", not " + value);
        }
    }

    /** What holds unless something else is said: enough for most modules, and little enough to run strangers' ones. */
    public static Limits defaults() {
        return DEFAULTS;
    }

    /** A copy with another {@link #timeout}. */
    public Limits withTimeout(Duration limit) {
        return with(draft -> draft.timeout = limit);
    }

    /** A copy with another {@link #maxMemoryBytes}. */
    public Limits withMaxMemoryBytes(long limit) {
        return with(draft -> draft.maxMemoryBytes = limit);
    }

    /** A copy with another {@link #maxTableEntries}. */
    public Limits withMaxTableEntries(int limit) {
        return with(draft -> draft.maxTableEntries = limit);
    }

    /** A copy with another {@link #maxOpenFiles}. */
    public Limits withMaxOpenFiles(int limit) {
        return with(draft -> draft.maxOpenFiles = limit);
    }

    /** A copy with another {@link #maxRequestBodyBytes}. */
    public Limits withMaxRequestBodyBytes(long limit) {
        return with(draft -> draft.maxRequestBodyBytes = limit);
    }

    /** A copy with another {@link #maxRequestHeaders}. */
    public Limits withMaxRequestHeaders(int limit) {
        return with(draft -> draft.maxRequestHeaders = limit);
    }

    /** A copy with another {@link #maxResponseBodyBytes}. */
    public Limits withMaxResponseBodyBytes(long limit) {
        return with(draft -> draft.maxResponseBodyBytes = limit);
    }

    /** A copy with another {@link #maxHeaderBytes}. */
    public Limits withMaxHeaderBytes(int limit) {
        return with(draft -> draft.maxHeaderBytes = limit);
    }

    /** A copy with another {@link #maxHeaders}. */
    public Limits withMaxHeaders(int limit) {
        return with(draft -> draft.maxHeaders = limit);
    }

    /** A copy with another {@link #maxStderrBytes}. */
    public Limits withMaxStderrBytes(int limit) {
        return with(draft -> draft.maxStderrBytes = limit);
    }

    /** A copy with another {@link #maxConcurrency}. */
    public Limits withMaxConcurrency(int limit) {
        return with(draft -> draft.maxConcurrency = limit);
    }

    /** A copy with another {@link #maxQueue}. */
    public Limits withMaxQueue(int limit) {
        return with(draft -> draft.maxQueue = limit);
    }

    /** A copy with another {@link #minRequestBodyRate}. */
    public Limits withMinRequestBodyRate(int limit) {
        return with(draft -> draft.minRequestBodyRate = limit);
    }

    /** A copy with another {@link #httpMaxConcurrency}. */
    public Limits withHttpMaxConcurrency(int limit) {
        return with(draft -> draft.httpMaxConcurrency = limit);
    }

    /** A copy with another {@link #httpMaxRequests}. */
    public Limits withHttpMaxRequests(int limit) {
        return with(draft -> draft.httpMaxRequests = limit);
    }

    /** A copy with another {@link #httpMaxResponseBodyBytes}. */
    public Limits withHttpMaxResponseBodyBytes(long limit) {
        return with(draft -> draft.httpMaxResponseBodyBytes = limit);
    }

    private Limits with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.build();
    }

    /** A copy that is being changed. */
    private static final class Draft {
        private Duration timeout;
        private long maxMemoryBytes;
        private int maxTableEntries;
        private int maxOpenFiles;
        private long maxRequestBodyBytes;
        private int maxRequestHeaders;
        private long maxResponseBodyBytes;
        private int maxHeaderBytes;
        private int maxHeaders;
        private int maxStderrBytes;
        private int maxConcurrency;
        private int maxQueue;
        private int minRequestBodyRate;
        private int httpMaxConcurrency;
        private int httpMaxRequests;
        private long httpMaxResponseBodyBytes;

        Draft(Limits from) {
            timeout = from.timeout;
            maxMemoryBytes = from.maxMemoryBytes;
            maxTableEntries = from.maxTableEntries;
            maxOpenFiles = from.maxOpenFiles;
            maxRequestBodyBytes = from.maxRequestBodyBytes;
            maxRequestHeaders = from.maxRequestHeaders;
            maxResponseBodyBytes = from.maxResponseBodyBytes;
            maxHeaderBytes = from.maxHeaderBytes;
            maxHeaders = from.maxHeaders;
            maxStderrBytes = from.maxStderrBytes;
            maxConcurrency = from.maxConcurrency;
            maxQueue = from.maxQueue;
            minRequestBodyRate = from.minRequestBodyRate;
            httpMaxConcurrency = from.httpMaxConcurrency;
            httpMaxRequests = from.httpMaxRequests;
            httpMaxResponseBodyBytes = from.httpMaxResponseBodyBytes;
        }

        Limits build() {
            return new Limits(
                    timeout,
                    maxMemoryBytes,
                    maxTableEntries,
                    maxOpenFiles,
                    maxRequestBodyBytes,
                    maxRequestHeaders,
                    maxResponseBodyBytes,
                    maxHeaderBytes,
                    maxHeaders,
                    maxStderrBytes,
                    maxConcurrency,
                    maxQueue,
                    minRequestBodyRate,
                    httpMaxConcurrency,
                    httpMaxRequests,
                    httpMaxResponseBodyBytes);
        }
    }
}
