// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import dev.wagi.core.api.ModuleInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The {@code allowed_hosts} of a module. Immutable.
 *
 * <pre>
 * https://api.example.org          that scheme, host and port 443
 * http://api.example.org:8080      that port
 * https://*.example.org            one or more labels in front; not example.org itself
 * insecure:allow-all               every public address
 * </pre>
 */
public final class AllowList {

    private static final String ALL = "insecure:allow-all";
    private static final AllowList NOTHING = new AllowList(List.of());

    private final List<Entry> entries;

    private AllowList(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /** The result of checking a URL. */
    enum Verdict {
        /** The URL is not in the list. */
        REFUSED,
        /** The URL is in the list; its host must have public addresses only. */
        PUBLIC_ONLY,
        /** The URL is in the list; its host may have any address. */
        PRIVATE_TOO
    }

    /**
     * An entry.
     *
     * @param scheme the empty string for any
     * @param suffix the host, or the end of the host with a leading dot if there is a wildcard
     */
    private record Entry(String text, String scheme, String suffix, boolean wildcard, int port, boolean allowPrivate) {

        boolean matches(OutboundUrl url) {
            if (scheme.isEmpty()) {
                return url.isHttp();
            }
            String host = url.host().text();
            return scheme.equals(url.scheme())
                    && port == url.port()
                    && (wildcard
                            ? url.host().address().isEmpty() && host.length() > suffix.length() && host.endsWith(suffix)
                            : host.equals(suffix));
        }
    }

    /** Returns a list that allows nothing. */
    public static AllowList nothing() {
        return NOTHING;
    }

    /**
     * Returns a list with one more entry.
     *
     * @param text as in the class comment
     * @param allowPrivate whether the host may have a private address
     * @throws IllegalArgumentException if the text is not an entry; the message continues a sentence that begins with
     *     the text, and says what to write
     */
    public AllowList with(String text, boolean allowPrivate) {
        List<Entry> more = new ArrayList<>(entries);
        more.add(entry(text, allowPrivate));
        return new AllowList(more);
    }

    /** Returns whether nothing is allowed. */
    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Returns the entries as they were written. */
    public List<ModuleInfo.AllowedHost> describe() {
        return entries.stream()
                .map(entry -> ModuleInfo.AllowedHost.of(entry.text).withPrivate(entry.allowPrivate))
                .toList();
    }

    /** Returns the entries that have no effect, because they name a private address without {@code allow_private}. */
    public List<String> useless() {
        return entries.stream()
                .filter(entry -> !entry.allowPrivate && isPrivate(entry))
                .map(Entry::text)
                .toList();
    }

    Verdict verdict(OutboundUrl url) {
        Verdict verdict = Verdict.REFUSED;
        for (Entry entry : entries) {
            if (entry.matches(url)) {
                if (entry.allowPrivate) {
                    return Verdict.PRIVATE_TOO;
                }
                verdict = Verdict.PUBLIC_ONLY;
            }
        }
        return verdict;
    }

    private static boolean isPrivate(Entry entry) {
        if (entry.wildcard || entry.scheme.isEmpty()) {
            return false;
        }
        try {
            HostName host = HostName.parse(entry.suffix.indexOf(':') >= 0 ? "[" + entry.suffix + "]" : entry.suffix);
            return entry.suffix.equals("localhost")
                    || host.address()
                            .map(address -> AddressPolicy.of(host.octets()) != AddressPolicy.PUBLIC)
                            .orElse(false);
        } catch (MalformedUrlException e) {
            return false;
        }
    }

    private static boolean isHost(String text) {
        try {
            entry("https://" + text, false);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Entry entry(String text, boolean allowPrivate) {
        if (text.equals(ALL)) {
            if (allowPrivate) {
                throw new IllegalArgumentException(
                        "cannot have allow_private; name each private host in an entry of its own");
            }
            return new Entry(text, "", "", false, -1, false);
        }
        int colon = text.indexOf("://");
        if (colon < 0) {
            throw new IllegalArgumentException(
                    isHost(text)
                            ? "has no scheme; write \"https://" + text + "\""
                            : "is not scheme://host[:port]; write for instance \"https://api.example.org\"");
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        if (OutboundUrl.defaultPort(scheme) < 0) {
            throw new IllegalArgumentException(
                    "is not scheme://host[:port] with http or https; write for instance \"https://api.example.org\"");
        }
        String rest = text.substring(colon + 3);
        boolean wildcard = rest.startsWith("*.");
        String authority = (wildcard ? rest.substring(2) : rest).replaceFirst("/$", "");
        if (authority.matches("(?s).*[/?#@*].*")) {
            throw new IllegalArgumentException("has more than scheme, host and port; write for instance \""
                    + "https://api.example.org\", or \"https://*.example.org\" for all names below it");
        }
        try {
            OutboundUrl url = OutboundUrl.parse(scheme + "://" + authority);
            if (wildcard && url.host().address().isPresent()) {
                throw new IllegalArgumentException("has a wildcard before an address; write the address alone");
            }
            if (wildcard && allowPrivate) {
                throw new IllegalArgumentException(
                        "cannot have allow_private with a wildcard; name each private host in an entry of its own");
            }
            String host = url.host().text();
            return new Entry(text, scheme, wildcard ? "." + host : host, wildcard, url.port(), allowPrivate);
        } catch (MalformedUrlException e) {
            throw new IllegalArgumentException(
                    "is not scheme://host[:port]: " + e.getMessage()
                            + "; write for instance \"https://api.example.org\"",
                    e);
        }
    }
}
