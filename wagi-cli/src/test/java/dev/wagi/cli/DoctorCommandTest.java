// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code wagi doctor}: what it finds, and that each finding has a place and a remedy. */
class DoctorCommandTest {

    @TempDir
    private Path directory;

    @Test
    void doctor_healthyMachine_endsWithZero() {
        Cli.Result result = Cli.run("doctor", "-l", "127.0.0.1:0");

        assertThat(result.text())
                .contains("ok      Java: ", "ok      listen address: 127.0.0.1:0: is free", "ok      clock: ")
                .doesNotContain("FAILURE");
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isZero();
    }

    @Test
    void doctor_addressInUseAndDirectoriesThatAreNone_areFailures() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            Path configuration = Files.writeString(directory.resolve("modules.toml"), """
                    [server]
                    listen = "%s"
                    log_dir = "file"
                    access_log = "file/access.log"
                    tls_cert = "none.pem"
                    tls_key = "file"
                    """.formatted(address));

            Cli.Result result =
                    Cli.run("doctor", "--json", "-c", configuration.toString(), "--module-cache", file.toString());

            JsonNode report = new ObjectMapper().readTree(result.text());
            assertThat(report.get("result").asText()).isEqualTo("failure");
            assertThat(report.get("findings"))
                    .filteredOn(finding -> finding.get("level").asText().equals("failure"))
                    .allSatisfy(finding ->
                            assertThat(finding.get("remedy").asText()).isNotEmpty())
                    .extracting(finding -> finding.get("check").asText())
                    .containsExactlyInAnyOrder(
                            "listen address",
                            "logs of modules",
                            "access log",
                            "certificate",
                            "modules from registries");
            assertThat(result.code()).isEqualTo(1);
        }
    }

    @Test
    void doctor_configurationThatIsWrong_isAFailureWithItsProblem() throws Exception {
        Path configuration = Files.writeString(directory.resolve("modules.toml"), "[server]\nlisten = \"nowhere\"\n");

        Cli.Result result = Cli.run("doctor", "-c", configuration.toString());

        assertThat(result.text()).contains("FAILURE configuration: ").contains("key 'listen'");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no modes")
    void own_directoryThatOthersMayChange_isAFailure() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(DirectoryCheck.isOwn("cache", directory))
                .returns(Finding.Level.FAILURE, Finding::level)
                .extracting(Finding::remedy)
                .asString()
                .contains("chmod go-w");
    }

    @Test
    void directoryThatCanBeWrittenTo_isFine_andNothingIsLeft() throws Exception {
        for (Path possible : List.of(directory, directory.resolve("a/b"))) {
            assertThat(DirectoryCheck.isOwn("cache", possible)).returns(Finding.Level.OK, Finding::level);
            assertThat(DirectoryCheck.isWritable("logs", possible)).returns(Finding.Level.OK, Finding::level);
        }
        assertThat(directory).isEmptyDirectory();
    }

    /** Nothing can be created there, whatever the modes say to root. */
    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/proc/none/wagi", "/proc/sys"})
    @EnabledOnOs(OS.LINUX)
    void directoryThatCannotBeWrittenTo_isAFailure(Path impossible) {
        assertThat(DirectoryCheck.isOwn("cache", impossible)).returns(Finding.Level.FAILURE, Finding::level);
        assertThat(DirectoryCheck.isWritable("logs", impossible)).returns(Finding.Level.FAILURE, Finding::level);
    }

    /** The server works without a standard directory, but a directory that is named is wanted. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void doctor_cacheThatCannotBeUsed_isAFailureOnlyIfItWasNamed() throws Exception {
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", "/proc/none");
        Path cache = Files.writeString(
                directory.resolve("cache.toml"), "[cache]\nenabled = true\ndirectory = \"/proc/none/compiled\"\n");

        Cli.Result standard = run(environment, "doctor", "-l", "127.0.0.1:0");
        Cli.Result named = run(
                environment,
                "doctor",
                "-l",
                "127.0.0.1:0",
                "--module-cache",
                "/proc/none/modules",
                "--cache",
                cache.toString());

        assertThat(standard.text())
                .contains("warning compiled modules: /proc/none/", "warning modules from registries: /proc/none/")
                .doesNotContain("FAILURE");
        assertThat(standard.code()).isZero();
        assertThat(named.text())
                .contains(
                        "FAILURE compiled modules: /proc/none/compiled: ",
                        "FAILURE modules from registries: /proc/none/modules: ");
        assertThat(named.code()).isEqualTo(1);
    }

    private static Cli.Result run(Map<String, String> environment, String... args) {
        ProcessBuilder command = Cli.command(args);
        command.environment().putAll(environment);
        return Cli.finish(Cli.start(command), new byte[0]);
    }

    @Test
    void doctor_manifest_looksAtItsAddress() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            String one = pod("one.yaml", address);
            String two = pod("two.yaml", "127.0.0.1:4001");

            Cli.Result used = Cli.run("doctor", "-f", one);
            Cli.Result different = Cli.run("doctor", "-f", one, "-f", two);
            Cli.Result chosen = Cli.run("doctor", "-f", one, "-f", two, "-l", "127.0.0.1:0");

            assertThat(used.text())
                    .contains("FAILURE listen address: " + address + ": ", one + ": can be read")
                    .doesNotContain("none is named");
            assertThat(used.code()).isEqualTo(1);
            assertThat(different.text())
                    .contains(
                            "FAILURE listen address: " + address + ", 127.0.0.1:4001: the Pods have different",
                            "--listen");
            assertThat(chosen.text())
                    .contains("ok      listen address: 127.0.0.1:0: is free")
                    .doesNotContain("FAILURE");
        }
    }

    private String pod(String name, String address) throws IOException {
        return Files.writeString(directory.resolve(name), """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: demo
                  annotations:
                    alpha.wagi.krustlet.dev/default-host: "%s"
                    alpha.wagi.krustlet.dev/modules: '{"hello": {"route": "/hello"}}'
                spec:
                  containers:
                    - name: hello
                      image: registry.example/hello:1
                """.formatted(address))
                .toString();
    }

    @Test
    void doctor_manifestThatIsWrong_isAFailureWithItsProblem() throws Exception {
        String file =
                Files.writeString(directory.resolve("pod.yaml"), "kind: Pod\n").toString();

        Cli.Result result = Cli.run("doctor", "-f", file);

        assertThat(result.text()).contains("FAILURE configuration: -f: " + file).doesNotContain("can be read");
        assertThat(result.code()).isEqualTo(1);
    }

    /** As its help says; those that name an address or a file are examined. */
    @Test
    void doctor_takesTheOptionsOfServe() {
        List<String> ofServe = optionNames(new ServeCommand());
        assertThat(optionNames(new DoctorCommand())).containsAll(ofServe).contains("--json");

        String none = directory.resolve("none.pem").toString();
        Cli.Result result = Cli.run(
                "doctor",
                "-l",
                "127.0.0.1:0",
                "--tls-cert",
                none,
                "--tls-key",
                none,
                "--admin-listen",
                "127.0.0.1:0",
                "--access-log",
                directory.resolve("access.log").toString(),
                "--log-dir",
                directory.resolve("logs").toString(),
                "--grace",
                "5",
                "--watch");

        assertThat(result.text())
                .contains(
                        "ok      admin address: 127.0.0.1:0: is free",
                        "ok      logs of modules: ",
                        "ok      access log: ",
                        "FAILURE certificate: " + none,
                        "FAILURE private key: " + none);
        assertThat(result.code()).isEqualTo(1);
    }

    private static List<String> optionNames(Object command) {
        return new CommandLine(command)
                .getCommandSpec().options().stream()
                        .map(CommandLine.Model.OptionSpec::longestName)
                        .toList();
    }

    @Test
    void machine_values_areJudged() {
        assertThat(MachineCheck.hugeMethods(Optional.of("true")).level()).isEqualTo(Finding.Level.WARNING);
        assertThat(MachineCheck.hugeMethods(Optional.of("false")).level()).isEqualTo(Finding.Level.OK);
        assertThat(MachineCheck.hugeMethods(Optional.empty()).level()).isEqualTo(Finding.Level.OK);
        assertThat(MachineCheck.stack(Optional.of("1024")).level()).isEqualTo(Finding.Level.WARNING);
        assertThat(MachineCheck.stack(Optional.of("2048")).level()).isEqualTo(Finding.Level.OK);
        assertThat(MachineCheck.memory(32, 1000).level()).isEqualTo(Finding.Level.WARNING);
        assertThat(MachineCheck.memory(950, 1000).level()).isEqualTo(Finding.Level.WARNING);
        assertThat(MachineCheck.memory(600, 1000).level()).isEqualTo(Finding.Level.OK);
        assertThat(MachineCheck.clock(Instant.EPOCH).level()).isEqualTo(Finding.Level.FAILURE);
    }

    @Test
    void certificate_thatHasExpired_isAFailure() throws Exception {
        Path file = directory.resolve("cert.pem");
        Path store = directory.resolve("store.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String[][] commands = {
            {
                keytool,
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-startdate",
                "2020/01/01 00:00:00",
                "-validity",
                "10"
            },
            {
                keytool,
                "-exportcert",
                "-rfc",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-alias",
                "a",
                "-file",
                file.toString()
            }
        };
        for (String[] command : commands) {
            Cli.Result result = Cli.finish(Cli.start(new ProcessBuilder(command)), new byte[0]);
            assertThat(result.code()).as(result.text()).isZero();
        }

        assertThat(TrustCheck.certificate(file, Instant.parse("2026-01-01T00:00:00Z")))
                .returns(Finding.Level.FAILURE, Finding::level)
                .extracting(Finding::text)
                .asString()
                .startsWith("has expired at 2020-01-11");
        assertThat(TrustCheck.certificate(file, Instant.parse("2020-01-02T00:00:00Z"))
                        .level())
                .isEqualTo(Finding.Level.WARNING);
        assertThat(TrustCheck.certificate(file, Instant.parse("2019-01-02T00:00:00Z"))
                        .level())
                .isEqualTo(Finding.Level.FAILURE);
    }
}
