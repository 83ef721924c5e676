// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.MappingMatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The request target, cut where the container's part of it ends.
 *
 * <p>Raw as sent, as long as the container read the same path from it and the mount path stands literally at its
 * beginning. Otherwise it is built again from what the container read: a container decides with its own reading who may
 * see what, so routes must never see another path.
 *
 * <pre>
 * servlet at /app/wagi/*        mount path   target
 * /app/wagi/a%20b;p?x=1         /app/wagi    /app/wagi/a%20b;p?x=1
 * /%61pp/wagi/a%20b             /app/wagi    /app/wagi/a%20b
 * /app/wagi/secret/..;/a        /app/wagi    /app/wagi/a
 * </pre>
 *
 * @param mountPath a prefix of the target's path
 * @param target path and query, one {@code char} per octet
 */
record ServletTarget(String mountPath, String target) {

    /** Segments that need no encoding, none of them dots only. */
    private static final Pattern PREFIX = Pattern.compile("(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9._~-]+){1,64}+");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /** What a decoder puts in the place of octets that are not UTF-8. */
    private static final char REPLACEMENT = '\ufffd';

    /** What may stand in a path besides letters and digits. */
    private static final String PATH_MARKS = "/-._~!$&'()*+,=:@";

    /**
     * For a request.
     *
     * @throws IllegalArgumentException if what was sent is not UTF-8
     */
    static ServletTarget of(HttpServletRequest request) {
        String context = contextPath(request);
        String servlet = request.getServletPath();
        String info = request.getPathInfo() == null ? "" : request.getPathInfo();
        boolean prefixed = request.getHttpServletMapping().getMappingMatch() == MappingMatch.PATH;
        String mountPath = prefixed ? context + servlet : context;
        String path = request.getRequestURI();
        boolean cut = path.length() == mountPath.length() || path.startsWith("/", mountPath.length());
        String read = servlet + info;
        if (!cut
                || !path.startsWith(mountPath)
                || !decode(path, false).equals(decode(context, false) + read)
                        // Undertow leaves encoded slashes as they are; neither does a route take them for slashes
                        && !decode(path, true).equals(decode(context, true) + read)) {
            mountPath = prefixed ? context + encode(servlet) : context;
            path = context + encode(servlet) + encode(info);
        }
        String query = request.getQueryString();
        return new ServletTarget(mountPath, octets(query == null ? path : path + "?" + query));
    }

    /**
     * The path of the context, behind what a filter says that a proxy has cut off ({@code X-Forwarded-Prefix}). A
     * container shows it as the client wrote it, so what stands in front of it is looked at closely.
     */
    private static String contextPath(HttpServletRequest request) {
        String own = request.getServletContext().getContextPath();
        String shown = request.getContextPath();
        return shown.endsWith(own)
                        && PREFIX.matcher(shown.substring(0, shown.length() - own.length()))
                                .matches()
                ? shown
                : own;
    }

    /**
     * Containers that let other than ASCII through have read it as UTF-8.
     *
     * @throws IllegalArgumentException if there were octets that are not: which ones is lost
     */
    private static String octets(String text) {
        if (text.indexOf(REPLACEMENT) >= 0) {
            throw new IllegalArgumentException("the request target is not UTF-8");
        }
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /**
     * Percent-decodes a path once and drops path parameters, as containers do; malformed escapes stay as they are.
     *
     * @param keepSlashes whether encoded slashes stay as they are, too
     */
    private static String decode(String path, boolean keepSlashes) {
        if (path.indexOf('%') < 0 && path.indexOf(';') < 0) {
            return path;
        }
        byte[] octets = path.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(octets.length);
        boolean parameter = false;
        for (int i = 0; i < octets.length; i++) {
            int octet = octets[i];
            parameter = octet == ';' || parameter && octet != '/';
            if (parameter) {
                continue;
            }
            if (octet == '%'
                    && i + 2 < octets.length
                    && HexFormat.isHexDigit(octets[i + 1])
                    && HexFormat.isHexDigit(octets[i + 2])) {
                int encoded = HexFormat.fromHexDigit(octets[i + 1]) << 4 | HexFormat.fromHexDigit(octets[i + 2]);
                if (encoded != '/' || !keepSlashes) {
                    octet = encoded;
                    i += 2;
                }
            }
            decoded.write(octet);
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }

    private static String encode(String path) {
        StringBuilder encoded = new StringBuilder(path.length() + 16);
        for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
            if (octet >= 0 && (Character.isLetterOrDigit(octet) || PATH_MARKS.indexOf(octet) >= 0)) {
                encoded.append((char) octet);
            } else {
                encoded.append('%').append(HEX.toHexDigits(octet));
            }
        }
        return encoded.toString();
    }
}
