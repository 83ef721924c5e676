// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import dev.wagi.core.api.RequestOutcome;
import java.util.Locale;
import java.util.Set;

/** Values of tags. Clients and guests choose what they are made of, so each has a fixed set of values. */
final class Labels {

    /** The value of a tag that does not apply: all time series of a metric must have the same tags. */
    static final String NONE = "none";

    /** What the conventions of OpenTelemetry say for a method that is not known. */
    private static final String OTHER_METHOD = "_OTHER";

    /** RFC 9110, section 9, and RFC 5789. */
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

    /** The statuses in use: RFC 9110 and the registry of HTTP status codes. */
    private static final Set<Integer> STATUSES = Set.of(
            200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402,
            403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 425, 426,
            428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511);

    private Labels() {}

    /** Returns a method of the standards, or {@code _OTHER}. */
    static String method(String sent) {
        return METHODS.contains(sent) ? sent : OTHER_METHOD;
    }

    /** Returns a registered status, its class such as {@code 2xx} for any other one, or {@code none} for 0. */
    static String status(int code) {
        if (STATUSES.contains(code)) {
            return Integer.toString(code);
        }
        return code >= 100 && code <= 999 ? code / 100 + "xx" : NONE;
    }

    /** Returns why a request failed: our own reason, or the status if that is a guest's own 5xx. */
    static String error(RequestOutcome outcome, int code, String status) {
        return switch (outcome) {
            case ANSWERED, HEALTH_CHECK, FILE -> code >= 500 ? status : NONE;
            default -> of(outcome);
        };
    }

    /** Returns a scheme that a client can use. */
    static String scheme(String sent) {
        return sent.equals("https") ? "https" : "http";
    }

    /** Returns a constant as tags are written. */
    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
