// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.bindle.Bindles;
import dev.wagi.config.WagiConfig;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.kubernetes.KubernetesManifests;
import dev.wagi.oci.TransferListener;
import java.nio.file.Files;
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

/** The options of the commands that take a configuration. */
final class ConfigOptions {

    /** Where the configuration is if nobody says so, as in other tools that work in a project's directory. */
    private static final Path USUAL = Path.of("modules.toml");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The configuration; by default modules.toml in the current directory, unless --manifest or"
                    + " --bindle is given.")
    private @Nullable Path config;

    @Option(
            names = {"-f", "--manifest"},
            paramLabel = "FILE",
            description = "A Kubernetes manifest whose Pods to serve; may be given several times.")
    private List<Path> manifests = new ArrayList<>();

    private @Nullable KubernetesManifests kubernetes;

    @Mixin
    private BindleOptions bindles = new BindleOptions();

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            arity = "1..*",
            parameterConsumer = Environment.Words.class,
            description = "A variable for all modules; may be given several times, with several variables each. Quotes"
                    + " around a"
                    + " value are left out.")
    private List<String> variables = new ArrayList<>();

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "Variables for all modules, a line NAME = VALUE each; may be given several times, later files"
                    + " win, and --env wins over all.")
    private List<Path> variableFiles = new ArrayList<>();

    @Mixin
    private ModuleCacheOptions moduleCache = new ModuleCacheOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /**
     * What is served, for messages.
     *
     * @throws ParameterException if nothing is; not left to picocli, which would say so before it reports a misspelt
     *     option
     */
    String origin() {
        List<String> origins = new ArrayList<>();
        file().map(Path::toString).ifPresent(origins::add);
        manifests.forEach(manifest -> origins.add(manifest.toString()));
        bindles.bindle().map("bindle "::concat).ifPresent(origins::add);
        if (origins.isEmpty()) {
            throw Failures.usage(
                    spec,
                    "the configuration is missing; there is no modules.toml here, so name it with -c, for instance '"
                            + Objects.requireNonNull(spec).qualifiedName()
                            + " -c modules.toml', or a manifest with -f");
        }
        return String.join(" and ", origins);
    }

    /** The configuration file, if there is one. */
    Optional<Path> file() {
        if (config != null) {
            return Optional.of(config);
        }
        boolean isElsewhere = !manifests.isEmpty() || bindles.bindle().isPresent();
        return Optional.of(USUAL).filter(file -> !isElsewhere && Files.isRegularFile(file));
    }

    /** The Kubernetes manifests. */
    List<Path> manifests() {
        return List.copyOf(manifests);
    }

    /** The source of {@link #manifests}, the same one each time. */
    private Optional<KubernetesManifests> kubernetes() {
        if (kubernetes == null && !manifests.isEmpty()) {
            kubernetes = KubernetesManifests.of(manifests.toArray(Path[]::new));
        }
        return Optional.ofNullable(kubernetes);
    }

    /** Where the manifests want requests to come in, as the host was built or reloaded last. */
    Optional<String> manifestAddress() {
        return kubernetes().flatMap(KubernetesManifests::listenAddress);
    }

    /**
     * The addresses that the manifests name, read now; see {@link KubernetesManifests#readAddresses}.
     *
     * @throws WagiConfigException if something is wrong with the manifests
     */
    List<String> readManifestAddresses() {
        return kubernetes().map(KubernetesManifests::readAddresses).orElse(List.of());
    }

    /** Whether the directory of {@link #moduleStore} was named. */
    boolean namesModuleStore() {
        return moduleCache.namesStore();
    }

    /** Where modules from registries are kept; empty if they are not. */
    Optional<Path> moduleStore() {
        return moduleCache.store();
    }

    /** The files of {@code --env-file}. */
    List<Path> variableFiles() {
        return List.copyOf(variableFiles);
    }

    /** Whether to show stack traces. */
    boolean isVerbose() {
        return common.isVerbose();
    }

    /**
     * A host for the configuration. To be called before anything logs.
     *
     * @throws WagiConfigException if something is wrong with a file of variables
     */
    Wagi.Builder builder(Wagi.Engine engine) {
        return builder(engine, new TransferListener() {});
    }

    /**
     * The same.
     *
     * @param transfers is notified of modules that are pulled
     */
    Wagi.Builder builder(Wagi.Engine engine, TransferListener transfers) {
        common.apply();
        origin();
        Wagi.Builder builder = Wagi.builder().engine(engine).addResolver(moduleCache.resolver(transfers));
        file().map(WagiConfig::of).ifPresent(builder::addSource);
        bindles.source()
                .map(source -> Bindles.of(source, bindles.bindle().stream().toArray(String[]::new)))
                .ifPresent(builder::addSource);
        kubernetes().ifPresent(builder::addSource);
        builder.addEnvironment(variables());
        return builder;
    }

    /** The variables for all modules. */
    private Map<String, String> variables() {
        Map<String, String> given = new LinkedHashMap<>();
        for (String text : variables) {
            Map.Entry<String, String> variable = Environment.parse(text);
            if (variable == null) {
                // Not shown: it may be the second half of a secret.
                throw Failures.usage(
                        spec,
                        "variable " + (variables.indexOf(text) + 1)
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
}
