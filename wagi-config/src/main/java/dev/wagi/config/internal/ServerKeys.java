// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Problems;
import dev.wagi.core.internal.text.ByteSize;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The keys of {@code [server]}: settings of the program that opens the ports, which the host passes on and does not
 * use. Here are the kinds of their values; what they mean is checked by that program.
 */
final class ServerKeys {

    private static final Set<String> KEYS = new TreeSet<>(Set.of(
            "access_log",
            "access_log_format",
            "admin_listen",
            "console",
            "drain",
            "grace",
            "header_timeout",
            "idle_timeout",
            "listen",
            "log_dir",
            "max_connections",
            "max_connections_per_address",
            "max_request_header_bytes",
            "reuse_port",
            "tls_cert",
            "tls_key"));

    private static final Set<String> TIMES = Set.of("drain", "grace", "header_timeout", "idle_timeout");
    private static final Set<String> NUMBERS = Set.of("max_connections", "max_connections_per_address");

    private static final Set<String> SIZES = Set.of("max_request_header_bytes");

    private static final Set<String> FLAGS = Set.of("reuse_port");

    private static final long MAX = 999_999_999;

    private ServerKeys() {}

    /**
     * Reads the table {@code server} of a configuration.
     *
     * @return values by key: times in seconds, sizes in bytes, numbers in decimal, flags as {@code true} and
     *     {@code false}
     */
    static Map<String, String> read(String place, JsonNode node, Problems problems) {
        Map<String, String> settings = new TreeMap<>();
        String where = place + ", server";
        if (node.isObject()) {
            Table table = new Table(where, node, problems);
            table.checkKeys(KEYS);
            for (String key : KEYS) {
                if (TIMES.contains(key)) {
                    table.checked(key, value -> settings.put(key, seconds(value)));
                } else if (NUMBERS.contains(key)) {
                    table.checked(key, value -> settings.put(key, number(value)));
                } else if (SIZES.contains(key)) {
                    table.checked(key, value -> settings.put(key, bytes(value)));
                } else if (FLAGS.contains(key)) {
                    table.checked(key, value -> settings.put(key, flag(value)));
                } else {
                    table.text(key, text -> settings.put(key, text));
                }
            }
        } else if (!node.isMissingNode()) {
            problems.add(where, "is not a table; write [server]");
        }
        return Collections.unmodifiableMap(settings);
    }

    private static String seconds(JsonNode value) {
        Duration time = TimeSpan.parse(value.isTextual() ? value.textValue() : "");
        if (time.toNanosPart() != 0 || time.toSeconds() < 1 || time.toSeconds() > MAX) {
            throw new IllegalArgumentException(
                    "is not a whole number of seconds, 1 or more; write for instance \"30s\"");
        }
        return Long.toString(time.toSeconds());
    }

    private static String bytes(JsonNode value) {
        return Long.toString(
                ByteSize.parse(value.isTextual() ? value.textValue() : value.isIntegralNumber() ? value.asText() : ""));
    }

    private static String flag(JsonNode value) {
        if (!value.isBoolean()) {
            throw new IllegalArgumentException("is neither true nor false; write it without quotes");
        }
        return value.asText();
    }

    private static String number(JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1 || value.intValue() > MAX) {
            throw new IllegalArgumentException("is not a number from 1 to " + MAX + "; write it without quotes");
        }
        return value.asText();
    }
}
