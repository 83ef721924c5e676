// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Names what an event of the log is about, in SLF4J's MDC while it is logged: {@code wagi.module}, {@code wagi.route},
 * {@code wagi.request_id}. The message has them as text; this is for logs that programs read.
 */
public final class LogContext {

    private static final String MODULE = "wagi.module";
    private static final String ROUTE = "wagi.route";
    private static final String REQUEST = "wagi.request_id";

    private LogContext() {}

    /**
     * Logs with it.
     *
     * @param route null if it is not known
     */
    public static void about(String module, @Nullable String route, String requestId, Runnable log) {
        MDC.put(MODULE, module);
        if (route != null) {
            MDC.put(ROUTE, route);
        }
        MDC.put(REQUEST, requestId);
        try {
            log.run();
        } finally {
            MDC.remove(MODULE);
            MDC.remove(ROUTE);
            MDC.remove(REQUEST);
        }
    }
}
