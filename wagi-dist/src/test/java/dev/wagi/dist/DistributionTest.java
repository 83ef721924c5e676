// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The archives, as somebody uses them who has nothing else of this repository. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class DistributionTest {

    private static final String VERSION = System.getProperty("project.version", "");
    /** Without the ending. */
    private static final String ARCHIVE = System.getProperty("wagi.distribution", "");

    private static final Pattern READY = Pattern.compile("Ready: serving on (http://127\\.0\\.0\\.1:[0-9]+)");

    @TempDir
    private static Path directory;

    private static Path home;

    @BeforeAll
    static void unpack() throws Exception {
        assertThat(run("tar", "-xzf", ARCHIVE + ".tar.gz")).isEmpty();
        home = directory.resolve("wagi-" + VERSION);
    }

    @Test
    void archives_haveTheSameFiles() throws Exception {
        List<String> zipped = new ArrayList<>();
        try (ZipFile zip = new ZipFile(ARCHIVE + ".zip")) {
            zip.stream()
                    .filter(entry -> !entry.isDirectory())
                    .forEach(entry -> zipped.add(entry.getName()
                            .substring(home.getFileName().toString().length() + 1)));
        }

        assertThat(zipped)
                .containsExactlyInAnyOrderElementsOf(files().keySet())
                .contains(
                        "bin/wagi",
                        "bin/wagi.cmd",
                        "lib/wagi.jar",
                        "lib/wagi-node.jar",
                        "LICENSE",
                        "NOTICE",
                        "README.txt",
                        "wagi.service")
                .contains(
                        "share/bash-completion/completions/wagi",
                        "share/zsh/site-functions/_wagi",
                        "share/fish/vendor_completions.d/wagi.fish",
                        "share/man/man1/wagi.1",
                        "share/man/man1/wagi-serve.1")
                .contains(
                        "samples/modules.toml", "samples/modules/hello/hello.wasm", "samples/modules/index/index.wat");
    }

    @Test
    void tar_belongsToRootAndOnlyTheLauncherIsExecutable() throws Exception {
        assertThat(run("tar", "--numeric-owner", "-tvzf", ARCHIVE + ".tar.gz").lines())
                .allSatisfy(line -> assertThat(line)
                        .matches(
                                line.endsWith("/bin/wagi")
                                        ? "-rwxr-xr-x 0/0 .*"
                                        : line.endsWith("/") ? "drwxr-xr-x 0/0 .*" : "-rw-r--r-- 0/0 .*"));
    }

    @Test
    void version_isTheOneOfTheArchive() throws Exception {
        assertThat(run(home.resolve("bin/wagi").toString(), "--version")).contains(VERSION);
    }

    @Test
    void serve_samplesThroughALink_answersAndLeavesTheDirectoryAsItIs() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("wagi"), home.resolve("bin/wagi"));
        Map<String, Long> before = files();

        Process server = builder(
                        link.toString(),
                        "serve",
                        "-c",
                        home.resolve("samples/modules.toml").toString(),
                        "-l",
                        "127.0.0.1:0")
                .start();
        StringBuilder output = new StringBuilder();
        try (BufferedReader lines = server.inputReader()) {
            String address = lines.lines()
                    .peek(line -> output.append(line).append('\n'))
                    .map(READY::matcher)
                    .filter(Matcher::find)
                    .findFirst()
                    .map(found -> found.group(1))
                    .orElseThrow(() -> new AssertionError("wagi ended, and nothing was served:\n" + output));
            assertThat(get(address + "/hello")).isEqualTo("hello world\n");
            assertThat(get(address + "/")).contains("Welcome to WAGI");
        } finally {
            server.destroy();
            server.waitFor();
        }

        assertThat(files()).isEqualTo(before);
        assertThat(directory.resolve("cache/wagi")).isNotEmptyDirectory();
    }

    private static String get(String uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString())
                .body();
    }

    /** The files that were unpacked, and how large they are. */
    private static Map<String, Long> files() throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(home)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                sizes.put(home.relativize(file).toString(), Files.size(file));
            }
        }
        return sizes;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = builder(command).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static ProcessBuilder builder(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        // On one stream, so that neither fills up.
        return builder.redirectErrorStream(true);
    }
}
