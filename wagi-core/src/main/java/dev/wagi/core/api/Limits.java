// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The resource limits of one module's guests. Immutable; start with {@link #defaults} and change what should be
 * different:
 *
 * <pre>{@code
 * Limits.defaults().withTimeout(Duration.ofSeconds(5)).withMaxMemoryBytes(64 << 20)
 * }</pre>
 *
 * The call depth has no limit here: it is bounded by the stack of the thread that runs the guest, and a guest that
 * exhausts the stack traps.
 */
public final class Limits {

    private static final long PAGE = 64 << 10;
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final int MOST_AT_ONCE = 1 << 16;
    private static final int MOST_HEADERS = 1024;

    private static final Limits DEFAULTS = new Limits(new Draft());

    private final Duration timeout;
    private final long maxMemoryBytes;
    private final int maxTableEntries;
    private final int maxOpenFiles;
    private final long maxRequestBodyBytes;
    private final int maxRequestHeaders;
    private final long maxResponseBodyBytes;
    private final int maxHeaderBytes;
    private final int maxHeaders;
    private final int maxStderrBytes;
    private final int maxConcurrency;
    private final int maxQueue;
    private final int minRequestBodyRate;
    private final int httpMaxConcurrency;
    private final int httpMaxRequests;
    private final long httpMaxResponseBodyBytes;

    private Limits(Draft draft) {
        timeout = draft.timeout;
        maxMemoryBytes = draft.maxMemoryBytes;
        maxTableEntries = draft.maxTableEntries;
        maxOpenFiles = draft.maxOpenFiles;
        maxRequestBodyBytes = draft.maxRequestBodyBytes;
        maxRequestHeaders = draft.maxRequestHeaders;
        maxResponseBodyBytes = draft.maxResponseBodyBytes;
        maxHeaderBytes = draft.maxHeaderBytes;
        maxHeaders = draft.maxHeaders;
        maxStderrBytes = draft.maxStderrBytes;
        maxConcurrency = draft.maxConcurrency;
        maxQueue = draft.maxQueue;
        minRequestBodyRate = draft.minRequestBodyRate;
        httpMaxConcurrency = draft.httpMaxConcurrency;
        httpMaxRequests = draft.httpMaxRequests;
        httpMaxResponseBodyBytes = draft.httpMaxResponseBodyBytes;
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

    /** {@return the default limits, which are enough for most modules and low enough to run untrusted ones} */
    public static Limits defaults() {
        return DEFAULTS;
    }

    /**
     * {@return the time from the arrival of a request to the last byte of its response, including waiting for its turn,
     * reading the body, the guest and its outbound calls} A request that takes longer is answered with 504, or its
     * response is aborted if it has begun. 1 ms to 365 days; 30 s by default.
     */
    public Duration timeout() {
        return timeout;
    }

    /**
     * {@return the maximum size of a guest's linear memory in bytes, rounded down to pages of 64 KiB}
     * {@code memory.grow} fails beyond it, and a module whose initial memory is larger is not loaded. 64 KiB to 2 GiB
     * less one page; 256 MiB by default.
     */
    public long maxMemoryBytes() {
        return maxMemoryBytes;
    }

    /**
     * {@return the maximum number of entries in all tables of one guest together; an entry takes 8 bytes}
     * {@code table.grow} fails beyond it, and a module whose initial tables are larger is not loaded. 0 to 1048576,
     * which is the default.
     */
    public int maxTableEntries() {
        return maxTableEntries;
    }

    /**
     * {@return the maximum number of open file descriptors of one guest, including the standard streams and the
     * directories of volumes} 3 to 1024; 64 by default.
     */
    public int maxOpenFiles() {
        return maxOpenFiles;
    }

    /**
     * {@return the maximum size of a request body in bytes; a larger one is answered with 413} 0 or more; 10 MiB by
     * default.
     */
    public long maxRequestBodyBytes() {
        return maxRequestBodyBytes;
    }

    /**
     * {@return the maximum number of header fields in a request; more are answered with 431} 1 to 1024; 256 by default.
     */
    public int maxRequestHeaders() {
        return maxRequestHeaders;
    }

    /**
     * {@return the maximum number of bytes that a guest may print after its header block} More is answered with 502, or
     * the response is aborted if it has begun. 0 or more; 64 MiB by default.
     */
    public long maxResponseBodyBytes() {
        return maxResponseBodyBytes;
    }

    /**
     * {@return the maximum size in bytes of the header block that a guest prints; a larger one is answered with 502} 64
     * to 65536, which is the default.
     */
    public int maxHeaderBytes() {
        return maxHeaderBytes;
    }

    /**
     * {@return the maximum number of fields in the header block that a guest prints; more are answered with 502} 1 to
     * 1024; 256 by default.
     */
    public int maxHeaders() {
        return maxHeaders;
    }

    /**
     * {@return the maximum number of bytes of a guest's standard error that are logged per request; the rest is
     * dropped, and the log says so} Each line counts 64 bytes in addition to its text. 0 to 1 GiB; 1 MiB by default.
     */
    public int maxStderrBytes() {
        return maxStderrBytes;
    }

    /**
     * {@return the maximum number of requests of one module that run at the same time} 1 to 65536; 12 per processor by
     * default, three quarters of the default for all modules together.
     */
    public int maxConcurrency() {
        return maxConcurrency;
    }

    /**
     * {@return the maximum number of requests of one module that wait for their turn; further ones are answered with
     * 503} 0 to 65536; 192 by default, three quarters of the default for all modules together.
     */
    public int maxQueue() {
        return maxQueue;
    }

    /**
     * {@return the minimum rate in bytes per second at which the request body must arrive while a guest waits for it} A
     * slower client is answered with 408, or its connection is closed. The rate is measured once the guest has waited
     * for a sixth of the timeout. 0 to 1 GiB; 256 by default, 0 for no minimum.
     */
    public int minRequestBodyRate() {
        return minRequestBodyRate;
    }

    /** {@return the maximum number of outbound responses that one guest may hold open} 1 to 256; 4 by default. */
    public int httpMaxConcurrency() {
        return httpMaxConcurrency;
    }

    /**
     * {@return the maximum number of outbound calls of one guest per request, including redirects} 0 to 10000; 32 by
     * default.
     */
    public int httpMaxRequests() {
        return httpMaxRequests;
    }

    /** {@return the maximum size in bytes of the body of an outbound call's response} 0 or more; 16 MiB by default. */
    public long httpMaxResponseBodyBytes() {
        return httpMaxResponseBodyBytes;
    }

    /**
     * {@return a copy with another {@link #timeout}}
     *
     * @param limit the new value, in the unit and range of {@link #timeout}
     * @throws IllegalArgumentException if it is not in the range of {@link #timeout}; the text names the limit
     */
    public Limits withTimeout(Duration limit) {
        return with(draft -> draft.timeout = limit);
    }

    /**
     * {@return a copy with another {@link #maxMemoryBytes}}
     *
     * @param limit the new value, in the unit and range of {@link #maxMemoryBytes}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxMemoryBytes}; the text names the limit
     */
    public Limits withMaxMemoryBytes(long limit) {
        return with(draft -> draft.maxMemoryBytes = limit);
    }

    /**
     * {@return a copy with another {@link #maxTableEntries}}
     *
     * @param limit the new value, in the unit and range of {@link #maxTableEntries}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxTableEntries}; the text names the limit
     */
    public Limits withMaxTableEntries(int limit) {
        return with(draft -> draft.maxTableEntries = limit);
    }

    /**
     * {@return a copy with another {@link #maxOpenFiles}}
     *
     * @param limit the new value, in the unit and range of {@link #maxOpenFiles}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxOpenFiles}; the text names the limit
     */
    public Limits withMaxOpenFiles(int limit) {
        return with(draft -> draft.maxOpenFiles = limit);
    }

    /**
     * {@return a copy with another {@link #maxRequestBodyBytes}}
     *
     * @param limit the new value, in the unit and range of {@link #maxRequestBodyBytes}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxRequestBodyBytes}; the text names the
     *     limit
     */
    public Limits withMaxRequestBodyBytes(long limit) {
        return with(draft -> draft.maxRequestBodyBytes = limit);
    }

    /**
     * {@return a copy with another {@link #maxRequestHeaders}}
     *
     * @param limit the new value, in the unit and range of {@link #maxRequestHeaders}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxRequestHeaders}; the text names the
     *     limit
     */
    public Limits withMaxRequestHeaders(int limit) {
        return with(draft -> draft.maxRequestHeaders = limit);
    }

    /**
     * {@return a copy with another {@link #maxResponseBodyBytes}}
     *
     * @param limit the new value, in the unit and range of {@link #maxResponseBodyBytes}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxResponseBodyBytes}; the text names the
     *     limit
     */
    public Limits withMaxResponseBodyBytes(long limit) {
        return with(draft -> draft.maxResponseBodyBytes = limit);
    }

    /**
     * {@return a copy with another {@link #maxHeaderBytes}}
     *
     * @param limit the new value, in the unit and range of {@link #maxHeaderBytes}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxHeaderBytes}; the text names the limit
     */
    public Limits withMaxHeaderBytes(int limit) {
        return with(draft -> draft.maxHeaderBytes = limit);
    }

    /**
     * {@return a copy with another {@link #maxHeaders}}
     *
     * @param limit the new value, in the unit and range of {@link #maxHeaders}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxHeaders}; the text names the limit
     */
    public Limits withMaxHeaders(int limit) {
        return with(draft -> draft.maxHeaders = limit);
    }

    /**
     * {@return a copy with another {@link #maxStderrBytes}}
     *
     * @param limit the new value, in the unit and range of {@link #maxStderrBytes}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxStderrBytes}; the text names the limit
     */
    public Limits withMaxStderrBytes(int limit) {
        return with(draft -> draft.maxStderrBytes = limit);
    }

    /**
     * {@return a copy with another {@link #maxConcurrency}}
     *
     * @param limit the new value, in the unit and range of {@link #maxConcurrency}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxConcurrency}; the text names the limit
     */
    public Limits withMaxConcurrency(int limit) {
        return with(draft -> draft.maxConcurrency = limit);
    }

    /**
     * {@return a copy with another {@link #maxQueue}}
     *
     * @param limit the new value, in the unit and range of {@link #maxQueue}
     * @throws IllegalArgumentException if it is not in the range of {@link #maxQueue}; the text names the limit
     */
    public Limits withMaxQueue(int limit) {
        return with(draft -> draft.maxQueue = limit);
    }

    /**
     * {@return a copy with another {@link #minRequestBodyRate}}
     *
     * @param limit the new value, in the unit and range of {@link #minRequestBodyRate}
     * @throws IllegalArgumentException if it is not in the range of {@link #minRequestBodyRate}; the text names the
     *     limit
     */
    public Limits withMinRequestBodyRate(int limit) {
        return with(draft -> draft.minRequestBodyRate = limit);
    }

    /**
     * {@return a copy with another {@link #httpMaxConcurrency}}
     *
     * @param limit the new value, in the unit and range of {@link #httpMaxConcurrency}
     * @throws IllegalArgumentException if it is not in the range of {@link #httpMaxConcurrency}; the text names the
     *     limit
     */
    public Limits withHttpMaxConcurrency(int limit) {
        return with(draft -> draft.httpMaxConcurrency = limit);
    }

    /**
     * {@return a copy with another {@link #httpMaxRequests}}
     *
     * @param limit the new value, in the unit and range of {@link #httpMaxRequests}
     * @throws IllegalArgumentException if it is not in the range of {@link #httpMaxRequests}; the text names the limit
     */
    public Limits withHttpMaxRequests(int limit) {
        return with(draft -> draft.httpMaxRequests = limit);
    }

    /**
     * {@return a copy with another {@link #httpMaxResponseBodyBytes}}
     *
     * @param limit the new value, in the unit and range of {@link #httpMaxResponseBodyBytes}
     * @throws IllegalArgumentException if it is not in the range of {@link #httpMaxResponseBodyBytes}; the text names
     *     the limit
     */
    public Limits withHttpMaxResponseBodyBytes(long limit) {
        return with(draft -> draft.httpMaxResponseBodyBytes = limit);
    }

    private Limits with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new Limits(draft);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Limits that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    /** Returns all limits with their names, for logs. */
    @Override
    public String toString() {
        return "Limits[" + "timeout=" + timeout
                + ", maxMemoryBytes=" + maxMemoryBytes
                + ", maxTableEntries=" + maxTableEntries
                + ", maxOpenFiles=" + maxOpenFiles
                + ", maxRequestBodyBytes=" + maxRequestBodyBytes
                + ", maxRequestHeaders=" + maxRequestHeaders
                + ", maxResponseBodyBytes=" + maxResponseBodyBytes
                + ", maxHeaderBytes=" + maxHeaderBytes
                + ", maxHeaders=" + maxHeaders
                + ", maxStderrBytes=" + maxStderrBytes
                + ", maxConcurrency=" + maxConcurrency
                + ", maxQueue=" + maxQueue
                + ", minRequestBodyRate=" + minRequestBodyRate
                + ", httpMaxConcurrency=" + httpMaxConcurrency
                + ", httpMaxRequests=" + httpMaxRequests
                + ", httpMaxResponseBodyBytes=" + httpMaxResponseBodyBytes + "]";
    }

    private List<Object> values() {
        return List.of(
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

    /** A mutable copy of limits while they are changed; starts with the defaults. */
    private static final class Draft {
        private Duration timeout = Duration.ofSeconds(30);
        private long maxMemoryBytes = 256 << 20;
        private int maxTableEntries = 1 << 20;
        private int maxOpenFiles = 64;
        private long maxRequestBodyBytes = 10 << 20;
        private int maxRequestHeaders = 256;
        private long maxResponseBodyBytes = 64 << 20;
        private int maxHeaderBytes = 64 << 10;
        private int maxHeaders = 256;
        private int maxStderrBytes = 1 << 20;
        private int maxConcurrency = Math.min(MOST_AT_ONCE, Runtime.getRuntime().availableProcessors() * 12);
        private int maxQueue = 192;
        private int minRequestBodyRate = 256;
        private int httpMaxConcurrency = 4;
        private int httpMaxRequests = 32;
        private long httpMaxResponseBodyBytes = 16 << 20;

        Draft() {}

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
    }
}
