// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import picocli.CommandLine.Option;

/** The options of every command. */
final class CommonOptions {

    static final String VERBOSE = "--verbose";

    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.";

    @Option(
            names = {"-v", VERBOSE},
            description = "Log more, and show the stack traces of failures.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    private boolean help;

    /** Whether to show stack traces. */
    boolean isVerbose() {
        return verbose;
    }

    /** To be called before anything logs: the level is read once. */
    void apply() {
        if (verbose) {
            System.setProperty(LOG_LEVEL + "dev.wagi", "debug");
            System.setProperty(LOG_LEVEL + "dev.wagi.server", "debug");
        }
    }
}
