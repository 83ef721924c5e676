// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.sandbox.GuestHttpException;
import dev.wagi.core.internal.sandbox.GuestHttpException.Code;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** Parses the header fields that a guest wants to send: {@code name:value}, one per line. */
final class HeaderLines {

    static final int MAX_BYTES = 64 << 10;
    static final int MAX_COUNT = 256;

    /**
     * Fields that the host sets itself: those for the target, for framing, and for the connection to the next hop. They
     * are dropped without an error, because client libraries set some of them.
     */
    private static final Set<String> OURS = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** Secrets that are meant for one origin. */
    private static final Set<String> CREDENTIALS = Set.of("authorization", "cookie", "cookie2");

    private HeaderLines() {}

    /**
     * Parses the lines.
     *
     * @throws GuestHttpException if a line has no colon, a name or value cannot be sent, or there are too many lines
     */
    static Headers parse(String block) throws GuestHttpException {
        if (block.isEmpty()) {
            return Headers.none();
        }
        Headers.Builder headers = Headers.builder();
        int count = 0;
        for (String line : block.split("\n")) {
            String text = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (text.isEmpty()) {
                continue;
            }
            if (++count > MAX_COUNT) {
                throw new GuestHttpException(Code.RUNTIME_ERROR, "it has more than " + MAX_COUNT + " header fields");
            }
            int colon = text.indexOf(':');
            if (colon < 0) {
                throw new GuestHttpException(Code.INVALID_ENCODING, "a header line has no colon");
            }
            String name = text.substring(0, colon);
            String value = trim(text.substring(colon + 1));
            if (!Headers.isToken(name) || !isValue(value)) {
                throw new GuestHttpException(Code.INVALID_ENCODING, "a header field cannot be sent");
            }
            String lower = name.toLowerCase(Locale.ROOT);
            if (!OURS.contains(lower) && !lower.startsWith("proxy-")) {
                headers.add(name, octets(value));
            }
        }
        return headers.build();
    }

    /** Returns the fields that may also be sent to another origin. */
    static Headers withoutCredentials(Headers headers) {
        return without(headers, CREDENTIALS);
    }

    /** Returns the fields that apply to a request without a body. */
    static Headers withoutContent(Headers headers) {
        Headers.Builder kept = Headers.builder();
        for (Headers.Field field : headers) {
            if (!field.name().toLowerCase(Locale.ROOT).startsWith("content-")) {
                kept.add(field);
            }
        }
        return kept.build();
    }

    private static Headers without(Headers headers, Set<String> names) {
        Headers.Builder kept = Headers.builder();
        for (Headers.Field field : headers) {
            if (!names.contains(field.name().toLowerCase(Locale.ROOT))) {
                kept.add(field);
            }
        }
        return kept.build();
    }

    /** Strips spaces and tabs only. */
    private static String trim(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isValue(String value) {
        return value.chars().allMatch(c -> c == '\t' || c >= ' ' && c != 0x7f);
    }

    private static String octets(String value) {
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
