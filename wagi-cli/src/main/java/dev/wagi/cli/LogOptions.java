// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import dev.wagi.cli.log.LogFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of the commands that run for long, about their log. */
final class LogOptions {

    private static final String VARIABLE = "WAGI_LOG_FORMAT";

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            description = "text, or json: everything on standard error and output is an object a line; by default $"
                    + VARIABLE + ", or else text.")
    private @Nullable LogFormat format;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** To be called first of all. */
    void apply() {
        CommandLog.format(format == null ? standard() : format);
    }

    private LogFormat standard() {
        String text = Environment.orElse(null, VARIABLE);
        try {
            return text == null ? LogFormat.TEXT : LogFormat.parse(text);
        } catch (IllegalArgumentException e) {
            throw Failures.usage(spec, "the variable " + VARIABLE + ", \"" + text + "\", " + e.getMessage());
        }
    }
}
