// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.sandbox.GuestHttpException;
import dev.wagi.fuzz.Lines;
import dev.wagi.fuzz.Promise;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The targets that outbound calls may reach, compared with another parser for URLs: the regular expression of RFC 3986,
 * appendix B (strict about schemes), and the addresses that {@code inet_aton} accepts.
 *
 * <pre>
 * http://api.example.org/a          the URL
 * https://*.example.org             what is allowed
 * &gt;/b                               where it redirects to
 * :Name: value                      a header line of the guest
 * </pre>
 */
public final class OutboundFuzz {

    private static final Pattern RFC3986 =
            Pattern.compile("(?s)(([A-Za-z][A-Za-z0-9+.-]*):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?");
    private static final Set<String> NOT_THE_GUESTS =
            Set.of("host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect");
    private static final String ALL = "insecure:allow-all";

    private OutboundFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = Lines.of(input);
        AllowList list = AllowList.nothing();
        List<String> redirects = new ArrayList<>();
        StringBuilder headers = new StringBuilder();
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith(">")) {
                redirects.add(line.substring(1));
            } else if (line.startsWith(":")) {
                headers.append(line, 1, line.length()).append('\n');
            } else {
                list = with(list, line);
            }
        }
        checkHeaders(headers.toString());
        try {
            OutboundUrl url = OutboundUrl.parse(lines.get(0));
            check(list, lines.get(0), url);
            for (String redirect : redirects) {
                url = redirected(list, url, redirect);
            }
        } catch (MalformedUrlException e) {
            Promise.that(isOneLine(e.getMessage()), "a refusal can be logged");
        }
    }

    private static AllowList with(AllowList list, String line) {
        boolean allowPrivate = line.startsWith("+");
        try {
            AllowList more = list.with(allowPrivate ? line.substring(1) : line, allowPrivate);
            more.useless();
            return more;
        } catch (IllegalArgumentException e) {
            Promise.that(e.getMessage() != null, "a refusal says why");
            return list;
        }
    }

    private static OutboundUrl redirected(AllowList list, OutboundUrl from, String location)
            throws MalformedUrlException {
        OutboundUrl to = from.resolve(location);
        Matcher parts = parts(location);
        if (parts.group(1) == null && parts.group(3) == null) {
            Promise.that(to.isSameOrigin(from), "a location without host stays at the host");
            checkForm(to);
        } else {
            check(list, parts.group(1) == null ? from.scheme() + ":" + location : location, to);
        }
        return to;
    }

    /**
     * Whatever is allowed must also be allowed according to the other parser, by one of the entries as they are
     * written.
     */
    private static void check(AllowList list, String text, OutboundUrl url) throws MalformedUrlException {
        checkForm(url);
        Matcher parts = parts(text);
        Promise.same(url.scheme(), parts.group(2).toLowerCase(Locale.ROOT), "the scheme");
        String authority = parts.group(4);
        Promise.that(authority != null && authority.indexOf('@') < 0, "no user in it");
        Matcher place = Pattern.compile("(?s)(\\[[^]]*]|[^:]*)(?::([0-9]*))?").matcher(authority);
        Promise.that(place.matches(), "host and port can be told apart: " + authority);
        String host = place.group(1).toLowerCase(Locale.ROOT);
        String port = place.group(2) == null ? "" : place.group(2);
        Promise.same(
                url.port(),
                port.isEmpty() ? OutboundUrl.defaultPort(url.scheme()) : Integer.parseInt(port),
                "the port");
        if (host.startsWith("[")) {
            Promise.that(url.host().address().isPresent(), "what is in brackets is an address");
        } else if (host.chars().allMatch(c -> c < 0x80)) {
            Promise.same(
                    url.host().text(), host.endsWith(".") ? host.substring(0, host.length() - 1) : host, "the host");
        }
        inetAton(url.host().text())
                .ifPresent(address -> Promise.same(
                        url.host().address().map(known -> ipv4(known.getAddress())),
                        Optional.of(address),
                        "what C takes for an address is one"));
        AllowList.Verdict verdict = list.verdict(url);
        if (verdict != AllowList.Verdict.REFUSED) {
            Promise.that(url.isHttp(), "only http and https are allowed");
            Promise.that(
                    list.describe().stream().anyMatch(entry -> allows(entry.host(), url)),
                    "some entry allows it: " + url);
        }
    }

    private static void checkForm(OutboundUrl url) throws MalformedUrlException {
        String text = url.toString();
        OutboundUrl again = OutboundUrl.parse(text);
        Promise.same(again, url, "a URL is equal to what it prints");
        Promise.that(text.chars().allMatch(c -> c > ' ' && c < 0x7f), "a URL is printable ASCII");
        Promise.that(url.path().startsWith("/") && url.path().indexOf('#') < 0, "a path is one");
        if (url.isHttp()) {
            Promise.that(url.port() > 0 && url.port() <= 0xffff, "a port is one");
            if (url.host().text().indexOf('_') < 0 && url.host().text().matches("(.*\\.)?[a-z].*")) {
                URI uri = url.toUri();
                Promise.same(uri.getScheme(), url.scheme(), "java.net.URI reads the same scheme");
                Promise.that(
                        uri.getHost() == null || uri.getHost().equals(url.host().inUrl()), "and the same host");
                Promise.that(uri.getUserInfo() == null, "and no user");
            }
        }
    }

    /** Matches an entry as a person reads it. */
    private static boolean allows(String entry, OutboundUrl url) {
        if (entry.equals(ALL)) {
            return true;
        }
        String text = entry.toLowerCase(Locale.ROOT).replaceFirst("/\\z", "");
        int colon = text.indexOf("://");
        String scheme = text.substring(0, colon);
        String rest = text.substring(colon + 3);
        int portAt = rest.lastIndexOf(':');
        if (portAt < rest.lastIndexOf(']')) {
            portAt = -1;
        }
        String port = portAt < 0 ? "" : rest.substring(portAt + 1);
        String host = portAt < 0 ? rest : rest.substring(0, portAt);
        if (host.startsWith("[") || host.chars().anyMatch(c -> c >= 0x80)) {
            return true; // a spelling that the comparison does not support
        }
        host = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        boolean named = host.startsWith("*.")
                ? url.host().text().endsWith(host.substring(1))
                        && url.host().text().length() > host.length() - 1
                        && url.host().address().isEmpty()
                : url.host().text().equals(host);
        return named
                && scheme.equals(url.scheme())
                && url.port() == (port.isEmpty() ? OutboundUrl.defaultPort(scheme) : Integer.parseInt(port));
    }

    private static Matcher parts(String text) {
        Matcher parts = RFC3986.matcher(text);
        Promise.that(parts.matches(), "the expression matches everything");
        return parts;
    }

    /** An IPv4 address in one to four parts, each decimal, octal or hexadecimal. */
    private static Optional<Long> inetAton(String text) {
        String[] parts = text.split("\\.", -1);
        long value = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            long max = last ? (1L << 8 * (5 - parts.length)) - 1 : 255;
            long part = number(parts[i]);
            if (parts.length > 4 || part < 0 || part > max) {
                return Optional.empty();
            }
            value |= last ? part : part << 8 * (3 - i);
        }
        return Optional.of(value);
    }

    private static long number(String text) {
        if (text.matches("0[xX][0-9a-fA-F]{1,9}")) {
            return Long.parseLong(text.substring(2), 16);
        }
        if (text.matches("0[0-7]{1,12}")) {
            return Long.parseLong(text, 8);
        }
        return text.matches("[0-9]{1,10}") ? Long.parseLong(text) : -1;
    }

    private static long ipv4(byte[] octets) {
        long value = 0;
        for (byte octet : octets) {
            value = value << 8 | octet & 0xff;
        }
        return value;
    }

    private static void checkHeaders(String block) {
        Headers headers;
        try {
            headers = HeaderLines.parse(block);
        } catch (GuestHttpException e) {
            Promise.that(isOneLine(e.getMessage()), "a refusal can be logged");
            return;
        }
        Promise.that(headers.fields().size() <= HeaderLines.MAX_COUNT, "the fields keep their bound");
        for (Headers.Field field : headers) {
            String name = field.name().toLowerCase(Locale.ROOT);
            Promise.that(!NOT_THE_GUESTS.contains(name) && !name.startsWith("proxy-"), "a guest may not set " + name);
            Promise.that(
                    field.value().chars().allMatch(c -> c == '\t' || c >= ' ' && c <= 0xff && c != 0x7f),
                    "a value can be sent");
        }
        Headers rest = HeaderLines.withoutCredentials(headers);
        Promise.that(!rest.contains("Cookie") && !rest.contains("Authorization"), "credentials stay");
    }

    private static boolean isOneLine(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c != 0x7f);
    }
}
