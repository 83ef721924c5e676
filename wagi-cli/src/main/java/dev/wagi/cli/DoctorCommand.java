// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
            "trusted certificates and the clock. Loads no modules and changes nothing; see also 'wagi check'.",
            "Run it as the user of the service, with the options of the service."
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

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "HOST:PORT",
            description = "Where 'wagi serve' shall listen; by default as it decides.")
    private @Nullable ListenAddress listen;

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "Where 'wagi serve' shall write the logs of modules; by default $WAGI_LOG_DIR.")
    private @Nullable Path logDirectory;

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<Finding> findings = new ArrayList<>(MachineCheck.all(Instant.now()));
        compileCache(findings);
        options.moduleStore()
                .ifPresentOrElse(
                        store -> findings.add(DirectoryCheck.isOwn("modules from registries", store)),
                        () -> findings.add(noHome("modules from registries", "--module-cache")));
        configuration(findings);
        System.out.print(json ? json(findings) : text(findings));
        System.out.flush();
        return worst(findings) == Finding.Level.FAILURE ? 1 : 0;
    }

    private void compileCache(List<Finding> findings) {
        try {
            Optional<Path> directory = cache.directory();
            findings.add(
                    directory.isPresent()
                            ? DirectoryCheck.isOwn("compiled modules", directory.get())
                            : noHome("compiled modules", "--cache"));
        } catch (WagiConfigException e) {
            problems(findings, "compiled modules", "--cache", e);
        }
    }

    private static Finding noHome(String check, String option) {
        return Finding.warning(
                check,
                option,
                "they are not kept, each start takes longer",
                "set XDG_CACHE_HOME to a directory of this user, if that is not on purpose");
    }

    private void configuration(List<Finding> findings) {
        ServerTable table = ServerTable.of(Optional.empty());
        try {
            table = ServerTable.of(options.file());
            List<String> problems = table.check(Set.of());
            if (!problems.isEmpty()) {
                throw new WagiConfigException(problems);
            }
            options.file()
                    .ifPresentOrElse(
                            file -> findings.add(Finding.ok(CONFIGURATION, file.toString(), "can be read")),
                            () -> findings.add(
                                    Finding.ok(CONFIGURATION, "-c", "none is named; the defaults are examined")));
        } catch (WagiConfigException e) {
            problems(findings, CONFIGURATION, "-c", e);
        }
        ListenAddress address = table.listen(listen);
        findings.add(AddressCheck.isFree("listen address", address == null ? AddressCheck.DEFAULT : address));
        ListenAddress admin = table.adminListen(null);
        if (admin != null) {
            findings.add(AddressCheck.isFree("admin address", admin));
        }
        Path logs = logDirectory == null ? variable("WAGI_LOG_DIR").orElse(null) : logDirectory;
        logs = logs == null ? table.path("log_dir") : logs;
        if (logs != null) {
            findings.add(DirectoryCheck.isWritable("logs of modules", logs));
        }
        String accessLog = table.accessLog(null);
        if (accessLog != null && !accessLog.equals("-")) {
            Path directory = Path.of(accessLog).toAbsolutePath().getParent();
            findings.add(DirectoryCheck.isWritable("access log", Objects.requireNonNull(directory)));
        }
        Path certificate = variable("WAGI_TLS_CERT").orElse(null);
        Path key = variable("WAGI_TLS_KEY").orElse(null);
        if (certificate == null && key == null) {
            certificate = table.path("tls_cert");
            key = table.path("tls_key");
        }
        if (certificate != null) {
            findings.add(TrustCheck.certificate(certificate, Instant.now()));
        }
        if (key != null) {
            findings.add(TrustCheck.key(key));
        }
    }

    private static Optional<Path> variable(String name) {
        return CacheOptions.path(Environment.orElse(null, name));
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
