// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
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
            description = "The modules.toml. This or --bindle is required.")
    private @Nullable Path config;

    @Mixin
    private BindleOptions bindles = new BindleOptions();

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            arity = "1..*",
            parameterConsumer = Environment.Words.class,
            description = "A variable for all modules; may be given several times, with several variables each.")
    private List<String> variables = new ArrayList<>();

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "Variables for all modules, a line NAME = VALUE each; may be given several times, later files"
                    + " win, and --env wins over all.")
    private List<Path> variableFiles = new ArrayList<>();

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
     * What is served, for messages.
     *
     * @throws ParameterException if nothing is; not left to picocli, which would say so before it tells of a misspelt option
     */
    String origin() {
        String bindle = bindles.bindle().map("bindle "::concat).orElse(null);
        if (config != null) {
            return bindle == null ? config.toString() : config + " and " + bindle;
        }
        if (bindle != null) {
            return bindle;
        }
        throw usage("the configuration is missing; name it with -c, for instance '"
                + Objects.requireNonNull(spec).qualifiedName() + " -c modules.toml'");
    }

    /** The configuration file, if there is one. */
    Optional<Path> file() {
        return Optional.ofNullable(config);
    }

    /** The files of {@code --env-file}. */
    List<Path> variableFiles() {
        return List.copyOf(variableFiles);
    }

    /** Whether to show stack traces. */
    boolean isVerbose() {
        return verbose;
    }

    /**
     * A host for the configuration. To be called before anything logs: the level is read once.
     *
     * @throws WagiConfigException if something is wrong with a file of variables
     */
    Wagi.Builder builder(Wagi.Engine engine) {
        if (verbose) {
            System.setProperty(LOG_LEVEL + "dev.wagi", "debug");
            System.setProperty(LOG_LEVEL + "dev.wagi.http.server", "debug");
        }
        origin();
        Wagi.Builder builder = Wagi.builder().engine(engine);
        file().ifPresent(builder::configuration);
        bindles.bindle().ifPresent(builder::bindle);
        bindles.source().ifPresent(builder::bindleSource);
        variables().forEach(builder::environment);
        return builder;
    }

    /** The variables for all modules. */
    private Map<String, String> variables() {
        Map<String, String> given = new LinkedHashMap<>();
        for (String text : variables) {
            Map.Entry<String, String> variable = Environment.parse(text);
            if (variable == null) {
                // Not shown: it may be the second half of a secret.
                throw usage("variable " + (variables.indexOf(text) + 1)
                        + " of --env is not NAME=VALUE; put quotes around a value with white space");
            }
            given.put(variable.getKey(), variable.getValue());
        }
        List<String> problems = new ArrayList<>();
        Map<String, String> all = new LinkedHashMap<>();
        variableFiles.forEach(file -> all.putAll(EnvironmentFile.read(file, problems)));
        if (!problems.isEmpty()) {
            throw new WagiConfigException(problems);
        }
        all.putAll(given);
        return all;
    }

    private ParameterException usage(String text) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), text);
    }
}
