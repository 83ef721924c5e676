// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Ids that tie a response to the lines of the logs. Unique for practical purposes; no secret. */
final class RequestId {

    /** The response header that carries it. */
    static final String HEADER = "X-Request-Id";

    private RequestId() {}

    /** 16 hexadecimal digits. */
    static String next() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
