// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.sandbox.Escape;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The header block of a guest's output, parsed and checked.
 *
 * <pre>
 * Status: 404 Not Found LF
 * Content-Type: text/plain CR LF
 * LF                                 the empty line is not part of the block
 *
 * status 404, fields Content-Type: text/plain, location ""
 * </pre>
 *
 * @param status the value of Status, or 0
 * @param location the value of Location, or empty
 * @param fields the fields that are passed on: all except Status, Location and framing
 * @param contentLength the value of Content-Length, or -1; never passed on
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-6.3">RFC 3875, section 6.3</a>
 */
record HeaderBlock(int status, String location, Headers fields, long contentLength) {

    /** The host is responsible for framing and the connection. */
    private static final Set<String> FRAMING =
            Set.of("connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade");

    private static final Set<String> CGI_FIELDS = Set.of("content-type", "location", "status");

    /** Returns the block for output that consists of a body only. */
    static HeaderBlock ofType(String mediaType) {
        return new HeaderBlock(0, "", Headers.of("Content-Type", mediaType), -1);
    }

    /**
     * Parses a block.
     *
     * @param bytes the lines, each ended by LF or CRLF
     * @param maxFields the maximum number of lines
     * @param denied names of fields to leave out, in lower case
     * @throws GuestOutputException if a line is malformed, or the block has neither Content-Type, Status nor Location
     */
    static HeaderBlock parse(byte[] bytes, int length, int maxFields, Set<String> denied) throws GuestOutputException {
        int status = 0;
        String location = "";
        boolean typed = false;
        long contentLength = -1;
        Headers.Builder fields = Headers.builder();
        Set<String> seen = new HashSet<>();
        int count = 0;
        int start = 0;
        while (start < length) {
            int end = start;
            while (bytes[end] != '\n') {
                end++;
            }
            int stop = end > start && bytes[end - 1] == '\r' ? end - 1 : end;
            String line = new String(bytes, start, stop - start, StandardCharsets.ISO_8859_1);
            start = end + 1;
            if (++count > maxFields) {
                throw new GuestOutputException("its header block has more than " + maxFields
                        + " fields, its limit; raise max_headers or print fewer");
            }
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon);
            if (!Headers.isToken(name)) {
                throw new GuestOutputException(
                        "a line of the header block is not 'Name: value': " + Escape.forLog(line));
            }
            String value = strip(line, colon + 1);
            if (hasForbidden(value)) {
                throw new GuestOutputException("a header value holds a control character: " + Escape.forLog(line));
            }
            String lower = name.toLowerCase(Locale.ROOT);
            // An empty field is equivalent to an absent one (RFC 3875, section 6.3).
            if (CGI_FIELDS.contains(lower) && !value.isEmpty() && !seen.add(lower)) {
                throw new GuestOutputException("the field " + name + " occurs twice in the header block");
            }
            switch (lower) {
                case "status" -> status = value.isEmpty() ? status : parseStatus(value);
                case "location" -> location = value.isEmpty() ? location : value;
                case "content-type" -> {
                    if (!value.isEmpty()) {
                        typed = true;
                        fields.add(name, value);
                    }
                }
                case "content-length" -> contentLength = parseLength(value);
                default -> {
                    if (!FRAMING.contains(lower) && !denied.contains(lower)) {
                        fields.add(name, value);
                    }
                }
            }
        }
        if (!typed && status == 0 && location.isEmpty()) {
            throw new GuestOutputException("the header block has neither Content-Type nor Status nor Location: "
                    + Escape.forLog(bytes, length));
        }
        return new HeaderBlock(status, location, fields.build(), contentLength);
    }

    private static int parseStatus(String value) throws GuestOutputException {
        boolean wellFormed = value.length() >= 3
                && value.chars().limit(3).allMatch(c -> c >= '0' && c <= '9')
                && (value.length() == 3 || value.charAt(3) == ' ');
        int code = wellFormed ? Integer.parseInt(value.substring(0, 3)) : 0;
        if (code < 200 || code > 599) {
            throw new GuestOutputException(
                    "Status is not a code from 200 to 599 and an optional phrase: " + Escape.forLog(value));
        }
        return code;
    }

    private static long parseLength(String value) {
        return value.matches("[0-9]{1,18}") ? Long.parseLong(value) : -1;
    }

    /**
     * Strips spaces and tabs only; {@link String#strip} would also remove control characters, which must be refused.
     */
    private static String strip(String line, int from) {
        int start = from;
        int end = line.length();
        while (start < end && isBlank(line.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean hasForbidden(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                return true;
            }
        }
        return false;
    }
}
