// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi doctor}: looks for what would keep a server from starting or from working well on this machine. */
@Command(
        name = "doctor",
        description = {
            "Checks whether this machine is ready for 'wagi serve'.",
            "Looks at Java and its options, memory, the caches, the addresses and files of a configuration,",
            "trusted certificates and the clock. Loads no modules, leaves nothing behind; see also 'wagi check'.",
            "Takes all options of 'wagi serve': run it as the user of the service, with its options."
        },
        customSynopsis = "wagi doctor [-c FILE|-f FILE|-b ID] [OPTION]...",
        sortOptions = false,
        footer = {
            "",
            "Exits with 1 if there is a failure, with 0 if there are only warnings.",
            "",
            "Examples:",
            "  wagi doctor",
            "  wagi doctor -c /etc/wagi/modules.toml -l 0.0.0.0:80 --json"
        })
final class DoctorCommand implements Callable<Integer> {

    private static final String CONFIGURATION = "configuration";
    private static final String NOT_KEPT = "they are not kept, each start takes longer";

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private ServeOptions settings = new ServeOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<Finding> findings = new ArrayList<>(MachineCheck.all(Instant.now()));
        compileCache(findings);
        options.moduleStore()
                .ifPresentOrElse(
                        store -> findings.add(cache("modules from registries", store, options.namesModuleStore())),
                        () -> findings.add(noHome("modules from registries", "--module-cache")));
        configuration(findings);
        System.out.print(json ? json(findings) : text(findings));
        System.out.flush();
        return worst(findings) == Finding.Level.FAILURE ? 1 : 0;
    }

    private void compileCache(List<Finding> findings) {
        try {
            Optional<Path> directory = settings.cache.directory();
            findings.add(
                    directory.isPresent()
                            ? cache("compiled modules", directory.get(), settings.cache.isNamed())
                            : noHome("compiled modules", "--cache"));
        } catch (WagiConfigException e) {
            problems(findings, "compiled modules", "--cache", e);
        }
    }

    /** Without the standard directory a server works, only slower; what was named is wanted. */
    private static Finding cache(String check, Path directory, boolean named) {
        Finding finding = DirectoryCheck.isOwn(check, directory);
        return named ? finding : finding.asWarning(NOT_KEPT);
    }

    private static Finding noHome(String check, String option) {
        return Finding.warning(
                check, option, NOT_KEPT, "set XDG_CACHE_HOME to a directory of this user, if that is not on purpose");
    }

    private void configuration(List<Finding> findings) throws IOException {
        ServerTable table = ServerTable.of(Optional.empty());
        try {
            ServerTable read = ServerTable.of(options.file());
            List<String> problems = settings.apply(read);
            if (!problems.isEmpty()) {
                throw new WagiConfigException(problems);
            }
            table = read;
            options.file().ifPresent(file -> findings.add(Finding.ok(CONFIGURATION, file.toString(), "can be read")));
        } catch (WagiConfigException e) {
            problems(findings, CONFIGURATION, "-c", e);
        }
        if (options.file().isEmpty() && options.manifests().isEmpty()) {
            findings.add(Finding.ok(CONFIGURATION, "-c", "none is named; the defaults are examined"));
        }
        settings.check();
        ListenAddress address = listenAddress(findings);
        if (address != null) {
            findings.add(AddressCheck.isFree("listen address", address, settings.reusePort));
        }
        if (settings.adminListen != null) {
            findings.add(AddressCheck.isFree("admin address", settings.adminListen, settings.reusePort));
        }
        Path logs = settings.logs(table);
        if (logs != null) {
            findings.add(DirectoryCheck.isWritable("logs of modules", logs));
        }
        if (settings.accessLogFile != null && !settings.accessLogFile.equals("-")) {
            Path directory = InputFile.path("--access-log", settings.accessLogFile)
                    .toAbsolutePath()
                    .getParent();
            findings.add(DirectoryCheck.isWritable("access log", Objects.requireNonNull(directory)));
        }
        List<Path> tls = settings.tlsFiles(table);
        if (!tls.isEmpty()) {
            findings.add(TrustCheck.certificate(tls.get(0), Instant.now()));
            findings.add(TrustCheck.key(tls.get(1)));
        }
    }

    /** Where the server would listen; null if that is not known, because something is wrong with a manifest. */
    private @Nullable ListenAddress listenAddress(List<Finding> findings) {
        try {
            List<String> wanted = options.readManifestAddresses();
            options.manifests()
                    .forEach(file -> findings.add(Finding.ok(CONFIGURATION, file.toString(), "can be read")));
            if (settings.listen != null) {
                return settings.listen;
            }
            if (wanted.size() > 1) {
                findings.add(Finding.failure(
                        "listen address",
                        String.join(", ", wanted),
                        "the Pods have different default-hosts, but one process serves them",
                        Failures.option(Remedy.NAME_LISTEN_ADDRESS)));
                return null;
            }
            return wanted.isEmpty() ? AddressCheck.DEFAULT : ServeOptions.manifestAddress(wanted.get(0));
        } catch (WagiConfigException e) {
            problems(findings, CONFIGURATION, "-f", e);
            return settings.listen;
        }
    }

    private static void problems(List<Finding> findings, String check, String where, WagiConfigException failure) {
        for (String problem : failure.problems(Failures::option)) {
            findings.add(Finding.failure(check, where, problem, ""));
        }
    }

    private static Finding.Level worst(List<Finding> findings) {
        return findings.stream().map(Finding::level).max(Enum::compareTo).orElse(Finding.Level.OK);
    }

    private static String text(List<Finding> findings) {
        StringBuilder text = new StringBuilder();
        findings.forEach(finding -> text.append(finding.describe()).append(System.lineSeparator()));
        return text.append(
                        switch (worst(findings)) {
                            case OK -> "Everything is in order.";
                            case WARNING -> "It will work; see the warnings.";
                            case FAILURE -> "It will not work as it is; see the failures.";
                        })
                .append(System.lineSeparator())
                .toString();
    }

    private static String json(List<Finding> findings) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.put("result", worst(findings).text());
        ArrayNode array = object.putArray("findings");
        for (Finding finding : findings) {
            array.addObject()
                    .put("level", finding.level().text())
                    .put("check", finding.check())
                    .put("where", finding.where())
                    .put("text", finding.text())
                    .put("remedy", finding.remedy());
        }
        return object.toPrettyString() + System.lineSeparator();
    }
}
