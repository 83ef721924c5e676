// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command. */
final class ConfigOptions {

    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.";

    static final String VERBOSE = "--verbose";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The modules.toml. Required.")
    private @Nullable Path config;

    @Option(
            names = {"-v", VERBOSE},
            description = "Log more, and show the stack traces of failures.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    private boolean help;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /**
     * The configuration as given.
     *
     * @throws ParameterException if none was; not left to picocli, which would say so before it tells of a misspelt option
     */
    Path file() {
        if (config != null) {
            return config;
        }
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        throw new ParameterException(
                command,
                "the configuration is missing; name it with -c, for instance '" + spec.qualifiedName()
                        + " -c modules.toml'");
    }

    /** A host for the configuration. To be called before anything logs: the level is read once. */
    Wagi.Builder builder(Wagi.Engine engine) {
        if (verbose) {
            System.setProperty(LOG_LEVEL + "dev.wagi", "debug");
            System.setProperty(LOG_LEVEL + "dev.wagi.http.server", "debug");
        }
        return Wagi.builder().configuration(file()).engine(engine);
    }
}
