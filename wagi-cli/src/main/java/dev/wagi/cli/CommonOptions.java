// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import picocli.CommandLine.Option;

/** The options of every command. */
final class CommonOptions {

    static final String VERBOSE = "--verbose";

    @Option(
            names = {"-v", VERBOSE},
            description = "Log more, and show the stack traces of failures.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    @SuppressWarnings("UnusedVariable") // Picocli asks the option
    private boolean help;

    /** Whether to show stack traces. */
    boolean isVerbose() {
        return verbose;
    }

    /** To be called before anything logs. */
    void apply() {
        if (verbose) {
            CommandLog.verbose();
        }
    }
}
