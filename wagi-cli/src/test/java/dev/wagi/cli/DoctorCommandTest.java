// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

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
    void own_directoryThatCanBeCreated_isFine_andIsNotCreated() {
        Path absent = directory.resolve("a/b");

        assertThat(DirectoryCheck.isOwn("cache", absent)).returns(Finding.Level.OK, Finding::level);
        assertThat(absent).doesNotExist();
    }

    @Test
    void own_directoryOfAnotherUser_isAFailure() {
        Path foreign = Path.of("/proc/sys");
        assumeFalse(!Files.isDirectory(foreign) || Files.isWritable(foreign), "all files can be written to");

        assertThat(DirectoryCheck.isOwn("cache", foreign)).returns(Finding.Level.FAILURE, Finding::level);
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
