// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import org.slf4j.event.Level;

/**
 * The least level that loggers of a name and below it log.
 *
 * @param level without and
 * @param verbose with {@code --verbose}
 */
record Threshold(String name, Level level, Level verbose) {

    /** The first one that fits is taken. */
    private static final Threshold[] ALL = {
        // The command reports start and stop itself.
        new Threshold("dev.wagi.server", Level.WARN, Level.DEBUG),
        new Threshold("dev.wagi", Level.INFO, Level.DEBUG),
        // Jetty warns of malformed requests in the client's own words.
        new Threshold("org.eclipse.jetty", Level.ERROR, Level.ERROR),
        // The client of Kubernetes reports what the node reports itself, with stack traces.
        new Threshold("io.fabric8", Level.ERROR, Level.ERROR),
    };

    private static final Threshold OTHERS = new Threshold("", Level.WARN, Level.WARN);

    static Threshold of(String logger) {
        for (Threshold each : ALL) {
            if (logger.equals(each.name) || logger.startsWith(each.name + ".")) {
                return each;
            }
        }
        return OTHERS;
    }
}
