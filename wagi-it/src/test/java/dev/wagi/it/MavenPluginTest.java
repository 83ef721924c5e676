// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The goals of wagi-maven-plugin, called by Maven in a program that uses it. */
@TestMethodOrder(OrderAnnotation.class)
class MavenPluginTest {

    private static final String NAME = "precompiled";
    /**
     * The start of a line: what Chicory's compiler writes classes with, not the JDK's own copy of it. It is loaded when
     * a module is compiled, and only then.
     */
    private static final String COMPILING = "\norg.objectweb.asm.ClassWriter ";

    private static final Pattern SERVING = Pattern.compile("serving on (http://127\\.0\\.0\\.1:[0-9]+)");

    private static Consumers consumers;

    @BeforeAll
    static void build() throws Exception {
        consumers = Consumers.build("plugin", List.of(NAME));
        assertThat(consumers.log()).contains("BUILD SUCCESS");
    }

    @Test
    @Order(1)
    void program_withoutCompiledModules_compilesThem() throws Exception {
        assertThat(consumers.runListingClasses(NAME)).contains("hello world\n", COMPILING);
    }

    @Test
    @Order(2)
    void compile_modulesAmongTheResources_areNotCompiledAtTheStart() throws Exception {
        assertThat(consumers.maven(NAME, "process-classes")).contains("2 files of compiled code in ", "BUILD SUCCESS");

        assertThat(compiled()).hasSize(2);
        assertThat(consumers.runListingClasses(NAME)).contains("hello world\n").doesNotContain(COMPILING);
    }

    @Test
    @Order(3)
    void program_withCompiledModulesThatAreDamaged_compilesThem() throws Exception {
        for (Path file : compiled()) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 1] ^= 1;
            Files.write(file, bytes);
        }

        assertThat(consumers.runListingClasses(NAME)).contains("hello world\n", COMPILING);
    }

    @Test
    @Order(4)
    void check_problems_failTheBuild() throws Exception {
        Path file = consumers.directory(NAME).resolve("modules.toml");
        Files.writeString(file, """
                [[module]]
                route = "/hello"
                module = "classpath:/hello.wasm"

                [[module]]
                route = "/missing"
                module = "classpath:/missing.wasm"
                """);

        assertThat(consumers.maven(NAME, "wagi:check"))
                .contains("BUILD FAILURE", "modules.toml", "missing.wasm")
                .doesNotContain("BUG");
    }

    @Test
    @Order(5)
    void run_configurationOfTheProject_isServed() throws Exception {
        Files.writeString(consumers.directory(NAME).resolve("modules.toml"), """
                [[module]]
                route = "/hello"
                module = "classpath:/hello.wasm"
                """);
        assertThat(consumers.maven(NAME, "wagi:check")).contains("1 module, ok", "BUILD SUCCESS");

        deleteClasses();
        Process maven = consumers.start(NAME, "wagi:run", "-Dwagi.port=0");
        StringBuilder output = new StringBuilder();
        try (BufferedReader lines = maven.inputReader()) {
            String address = lines.lines()
                    .peek(line -> output.append(line).append('\n'))
                    .map(SERVING::matcher)
                    .filter(Matcher::find)
                    .findFirst()
                    .map(found -> found.group(1))
                    .orElseThrow(() -> new AssertionError("Maven ended, and nothing was served:\n" + output));
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(address + "/hello")).build();
            assertThat(HttpClient.newHttpClient()
                            .send(request, BodyHandlers.ofString())
                            .body())
                    .isEqualTo("hello world\n");
        } finally {
            maven.descendants().forEach(ProcessHandle::destroy);
            maven.destroy();
            maven.waitFor();
        }
    }

    /** As in a fresh checkout: the goal has to make them itself. */
    private static void deleteClasses() throws IOException {
        try (Stream<Path> files = Files.walk(consumers.directory(NAME).resolve("target/classes"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    private static List<Path> compiled() throws IOException {
        try (Stream<Path> files =
                Files.list(consumers.directory(NAME).resolve("target/classes/META-INF/wagi/compiled"))) {
            return files.toList();
        }
    }
}
