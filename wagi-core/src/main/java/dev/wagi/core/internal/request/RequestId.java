// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Creates ids that connect a response to the log lines about it. Unique for practical purposes; not secret. */
final class RequestId {

    /** The response header with the id. */
    static final String HEADER = "X-Request-Id";

    private RequestId() {}

    /** Returns 16 hexadecimal digits. */
    static String next() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
