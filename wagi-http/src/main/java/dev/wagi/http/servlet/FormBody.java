// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of a form that a filter in front of the servlet has read, made again from what was made of it: parameters.
 *
 * <pre>
 * query a=1, body a=2&amp;b=x+y     parameters a=[1, 2] b=[x y]     made again a=2&amp;b=x+y
 * </pre>
 *
 * <p>A parameter has the values of the query first (Jakarta Servlet 6, section 3.1). Spelling is not kept: {@code %41}
 * is {@code A} afterwards.
 */
final class FormBody {

    private static final String TYPE = "application/x-www-form-urlencoded";

    /** Where Jetty keeps what it has made of a form; its stream does not say that it is at its end then. */
    private static final String PARSED_BY_JETTY = "org.eclipse.jetty.server.FormFields";

    private FormBody() {}

    /** Whether a request says that its body is a form of this kind. */
    static boolean isForm(HttpServletRequest request) {
        String type = request.getContentType();
        return type != null
                && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(TYPE);
    }

    /**
     * Whether somebody has read the body, or a part of it, before. Does not wait.
     *
     * @param length what was announced, or -1
     * @throws IOException if the body cannot be read, which Undertow says only once
     */
    static boolean isGone(HttpServletRequest request, long length) throws IOException {
        if (length == 0) {
            return false;
        }
        if (isForm(request) && request.getAttribute(PARSED_BY_JETTY) != null) {
            return true;
        }
        if (request.getHeader("Expect") != null) {
            return false; // to look would ask the client for it
        }
        ServletInputStream in;
        try {
            in = request.getInputStream();
        } catch (IllegalStateException e) {
            return true; // by its reader
        }
        try {
            // Jetty looks for the end only when it is asked for bytes.
            return in.available() == 0 && in.isFinished() && (length > 0 || isForm(request));
        } catch (RuntimeException e) {
            return false; // what is wrong with it is found when it is read
        }
    }

    /**
     * The form again, in the charset in which it was read. That is the request's; if it has none, the reader assumed
     * UTF-8 (Jetty, Spring) or ISO-8859-1 (Tomcat), and the length shows which.
     *
     * @param length what was announced, or -1
     */
    static byte[] again(HttpServletRequest request, long length) {
        Charset named = charset(request.getCharacterEncoding());
        if (named != null) {
            return again(request, named);
        }
        byte[] latin = again(request, StandardCharsets.ISO_8859_1);
        byte[] unicode = again(request, StandardCharsets.UTF_8);
        if (unicode.length == length || latin.length != length && isReadAsUnicode(request)) {
            return unicode;
        }
        return latin;
    }

    private static boolean isReadAsUnicode(HttpServletRequest request) {
        return Container.isJetty(request)
                || !request.getMethod().equals("POST") // which other containers leave to filters
                || !isLatin(request.getParameterMap());
    }

    private static boolean isLatin(Map<String, String[]> parameters) {
        CharsetEncoder latin = StandardCharsets.ISO_8859_1.newEncoder();
        return parameters.entrySet().stream()
                .allMatch(parameter -> latin.canEncode(parameter.getKey())
                        && Arrays.stream(parameter.getValue()).allMatch(latin::canEncode));
    }

    private static byte[] again(HttpServletRequest request, Charset charset) {
        Map<String, Integer> inQuery = namesOf(request.getQueryString());
        StringBuilder form = new StringBuilder();
        for (Map.Entry<String, String[]> parameter : request.getParameterMap().entrySet()) {
            String[] values = parameter.getValue();
            for (int i = inQuery.getOrDefault(parameter.getKey(), 0); i < values.length; i++) {
                form.append(form.length() == 0 ? "" : "&")
                        .append(URLEncoder.encode(parameter.getKey(), charset))
                        .append('=')
                        .append(URLEncoder.encode(values[i], charset));
            }
        }
        return form.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static Map<String, Integer> namesOf(@Nullable String query) {
        Map<String, Integer> names = new HashMap<>();
        if (query != null) {
            for (String item : query.split("&")) {
                if (!item.isEmpty()) {
                    try {
                        names.merge(URLDecoder.decode(item.split("=", 2)[0], StandardCharsets.UTF_8), 1, Integer::sum);
                    } catch (IllegalArgumentException e) {
                        // No parameter was made of it.
                    }
                }
            }
        }
        return names;
    }

    private static @Nullable Charset charset(@Nullable String name) {
        try {
            return name == null ? null : Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return null;
        }
    }
}
