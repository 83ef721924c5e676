// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Converts IP addresses between text and bytes. IPv4-mapped IPv6 addresses are treated as IPv4, zones are dropped, and
 * no name server is ever queried.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5952">RFC 5952</a>
 */
final class IpAddress {

    private static final int MAX_LENGTH = 45;
    private static final int GROUPS = 8;
    private static final Pattern V4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]+");

    private IpAddress() {}

    /** Returns the 4 or 16 bytes of an address; null if the text is not an address. */
    static byte @Nullable [] parse(String text) {
        int zone = text.indexOf('%');
        String address = zone < 0 ? text : text.substring(0, zone);
        boolean v6 = address.indexOf(':') >= 0;
        if (address.length() > MAX_LENGTH || !(v6 ? V6 : V4).matcher(address).matches()) {
            return null;
        }
        try {
            // With brackets the JDK does not try to look the text up as a name.
            return InetAddress.getByName(v6 ? "[" + address + "]" : address).getAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** Returns the canonical form of an address; other text is returned unchanged. */
    static String canonical(String text) {
        if (text.indexOf(':') < 0) {
            return text;
        }
        byte[] bytes = parse(text);
        return bytes == null ? text : format(bytes);
    }

    /** Formats an address: four decimal numbers, or lower-case groups with the longest run of zeros omitted. */
    static String format(byte[] address) {
        if (address.length == 4) {
            return (address[0] & 0xff) + "." + (address[1] & 0xff) + "." + (address[2] & 0xff) + "."
                    + (address[3] & 0xff);
        }
        int longest = 0;
        int from = -1;
        for (int start = 0; start < GROUPS; start++) {
            int end = start;
            while (end < GROUPS && group(address, end) == 0) {
                end++;
            }
            // A single group of zeros is written out.
            if (end - start > Math.max(longest, 1)) {
                longest = end - start;
                from = start;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (i == from) {
                text.append("::");
                i += longest - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(address, i)));
        }
        return text.toString();
    }

    private static int group(byte[] address, int index) {
        return (address[index * 2] & 0xff) << 8 | address[index * 2 + 1] & 0xff;
    }
}
