// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which artifact do I need? One for each purpose: programs that have that one and the BOM, built and run. */
class ConsumersTest {

    private static final Pattern BOOT_STARTED = Pattern.compile("Tomcat started on port ([0-9]+)");

    private static Consumers consumers;

    @BeforeAll
    static void build() throws Exception {
        consumers = Consumers.build();
        assertThat(consumers.log()).contains("BUILD SUCCESS");
    }

    @Test
    void plain_builderAlone_runsAndNamesWhatMoreNeeds() throws Exception {
        assertThat(consumers.run("plain").lines())
                .containsExactlyInAnyOrder(
                        "hello world",
                        "Wagi.builder(), module 1, key 'module': classpath:/text.wat is WebAssembly text; add"
                                + " dev.wagi:wagi-wat, or assemble it to .wasm",
                        "Wagi.builder(), module 3, key 'module': no resolver loads 'oci:' references; put wagi-oci on"
                                + " the class path",
                        "Wagi.builder(), module 2, key 'allowed_hosts': needs an HTTP client, and there is none; add"
                                + " dev.wagi:wagi-outbound, or call outboundHttpClient(...) on the builder");
    }

    @Test
    void plain_dependencies_areTheEngineAndALog() throws Exception {
        assertThat(groups("plain")).containsExactly("com.dylibso.chicory", "dev.wagi", "org.ow2.asm", "org.slf4j");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "text",
                "outbound",
                "servlet",
                "server",
                "oci",
                "toml",
                "modular",
                "precompiled",
                "boot",
                "boot-4"
            })
    void dependencies_ofChicory_haveOurVersion(String name) throws Exception {
        assertThat(consumers.dependencies(name))
                .filteredOn(artifact -> artifact.startsWith("com.dylibso.chicory:") && !artifact.contains(":wabt:"))
                .hasSizeGreaterThanOrEqualTo(3)
                .allMatch(artifact -> artifact.endsWith(":" + Consumers.property("chicory.version")));
    }

    @Test
    void text_addsTheAssemblerAndNothingElse() throws Exception {
        List<String> more = new ArrayList<>(consumers.dependencies("text"));
        more.removeAll(consumers.dependencies("plain"));

        assertThat(more)
                .hasSize(2)
                .anyMatch(a -> a.startsWith("dev.wagi:wagi-wat:"))
                .anyMatch(a -> a.contains(":wabt:"));
        assertThat(consumers.run("text")).isEqualTo("hello from text\n8 bytes\n");
    }

    @Test
    void toml_ofTheClassPathInAFatJar_isRead() throws Exception {
        assertThat(consumers.runAsFatJar("toml")).isEqualTo("jar\nhello world\n");
    }

    @Test
    void outbound_guest_isAnswered() throws Exception {
        assertThat(consumers.run("outbound"))
                .startsWith("GET http://127.0.0.1:")
                .contains("/ -> status 200\n")
                .endsWith("\nhello from there\n");
    }

    @Test
    void servlet_inTomcat_answersWithoutJetty() throws Exception {
        assertThat(consumers.run("servlet")).contains("hello world\n");
        assertThat(groups("servlet")).contains("org.apache.tomcat.embed").doesNotContain("org.eclipse.jetty");
    }

    @Test
    void server_answersWithoutTheServletApi() throws Exception {
        assertThat(consumers.run("server")).isEqualTo("hello world\n");
        assertThat(groups("server")).contains("org.eclipse.jetty").doesNotContain("jakarta.servlet");
    }

    @Test
    void oci_moduleOfARegistry_isRun() throws Exception {
        assertThat(consumers.run("oci")).isEqualTo("hello world\n");
    }

    @Test
    void modular_extensionsOnTheModulePath_areFound() throws Exception {
        assertThat(consumers.runAsModule("modular"))
                .startsWith("module dev.wagi.core, module dev.wagi.server\nhello from text\nGET http://127.0.0.1:")
                .endsWith("\nhello from there\n");
    }

    /** With nothing but the POM, the configuration and a main class; no problem worth a warning is in the log. */
    @ParameterizedTest
    @ValueSource(strings = {"boot", Consumers.BOOT_4})
    void boot_withTheStarter_answers(String name) throws Exception {
        Process application = consumers.startProgram(
                name,
                "--server.address=127.0.0.1",
                "--server.port=0",
                "--management.endpoint.health.show-components=always");
        StringBuilder log = new StringBuilder();
        try (BufferedReader lines = application.inputReader()) {
            String address = address(lines, log);

            assertThat(get(address + "/hello/world")).isEqualTo("200 hello world\n");
            assertThat(get(address + "/elsewhere")).startsWith("404 ");
            assertThat(get(address + "/actuator/health")).startsWith("200 ").contains("\"wagi\":{\"status\":\"UP\"}");

            // Process.destroy() would close the output, too.
            application.toHandle().destroy();
            lines.lines().forEach(line -> log.append(line).append('\n'));
        } finally {
            application.destroyForcibly();
        }
        assertThat(log).doesNotContain(" WARN ", " ERROR ").contains("Graceful shutdown complete");
    }

    private static final Pattern LOADED =
            Pattern.compile("(?m)^((?:dev\\.wagi\\.(?:core|http)|com\\.dylibso)\\.[\\w.$]+) source:");

    /**
     * The list of the classes that the starter initialises in the background names what is loaded; a class more or less
     * makes no difference. The program compiles its module, for which no class is in the list.
     */
    @Test
    void boot_classesThatAreInitialisedInTheBackground_areThoseThatAreLoaded() throws Exception {
        Path loaded = consumers.directory("boot").resolve("loaded.txt");
        Process application = consumers.startProgram(
                "boot",
                List.of("-Xlog:class+load:file=" + loaded + ":none"),
                "--server.address=127.0.0.1",
                "--server.port=0",
                "--spring.backgroundpreinitializer.ignore=true");
        try (BufferedReader lines = application.inputReader()) {
            assertThat(get(address(lines, new StringBuilder()) + "/hello/world"))
                    .isEqualTo("200 hello world\n");
        } finally {
            application.destroyForcibly().waitFor();
        }
        Set<String> names = LOADED.matcher(Files.readString(loaded))
                .results()
                .map(match -> match.group(1))
                .filter(name -> !name.matches(".*(\\$\\$Lambda|\\$gen|\\.compiler\\.|\\.bytecode\\.).*"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> listed = Files.readAllLines(
                        Consumers.ROOT.resolve(
                                "extensions/wagi-spring-boot-starter/src/main/resources/dev/wagi/spring/boot/preinitialized-classes.txt"))
                .stream()
                .filter(line -> line.matches("\\w.*"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(names).hasSizeGreaterThan(300);
        assertThat(names.stream().filter(name -> !listed.contains(name)))
                .as("loaded, and not in the list")
                .hasSizeLessThan(names.size() / 8);
        assertThat(listed.stream().filter(name -> !names.contains(name)))
                .as("in the list, and not loaded")
                .hasSizeLessThan(names.size() / 8);
    }

    /** Reads the log until an application serves, and returns where. */
    private static String address(BufferedReader lines, StringBuilder log) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            log.append(line).append('\n');
            Matcher started = BOOT_STARTED.matcher(line);
            if (started.find()) {
                return "http://127.0.0.1:" + started.group(1);
            }
        }
        throw new AssertionError("the application ended:\n" + log);
    }

    /**
     * The first application serves no modules, because DevTools keeps the class loader of the first one, with WAGI and
     * without. Soft references of the JDK and of Spring to the second are gone at once.
     */
    @Test
    void devtools_classPathChanges_restartsAndLeavesNothingBehind() throws Exception {
        Path configuration = consumers.directory("devtools").resolve("target/classes/application.yaml");
        String text = Files.readString(configuration);
        Process application = consumers.startProgram("devtools", "--server.address=127.0.0.1", "--server.port=0");
        StringBuilder log = new StringBuilder();
        try (BufferedReader lines = application.inputReader()) {
            assertThat(get(address(lines, log) + "/hello/world")).startsWith("404 ");

            replace(configuration, text.replace("enabled: false", "enabled: true"));
            assertThat(get(address(lines, log) + "/hello/world")).isEqualTo("200 hello world\n");

            replace(
                    configuration,
                    text.replace("enabled: false", "enabled: true").replace("/hello/...", "/new/..."));
            String address = address(lines, log);
            assertThat(get(address + "/new/world")).isEqualTo("200 hello world\n");
            assertThat(get(address + "/hello/world")).startsWith("404 ");
            assertThat(get(address + "/left")).isEqualTo("200 2 earlier, left: [], []");
        } finally {
            application.destroyForcibly();
        }
    }

    /** At once, as DevTools may look at any time. */
    private static void replace(Path file, String text) throws IOException {
        Path next = Files.writeString(consumers.directory("devtools").resolve("next"), text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The page shows the program {@code boot}. */
    @Test
    void boot_project_isThatOfThePage() throws Exception {
        String page = Files.readString(Consumers.ROOT.resolve("docs/embedding.md"));
        Path project = Consumers.source("boot");

        assertThat(page)
                .contains(shown("xml", project.resolve("pom.xml"), "<project "))
                .contains(shown("yaml", project.resolve("src/main/resources/application.yaml"), "wagi:"))
                .contains(shown("java", project.resolve("src/main/java/org/example/Main.java"), "package "));
    }

    /** Returns a file from that text on, as a page shows it. */
    private static String shown(String language, Path file, String from) throws IOException {
        String text = Consumers.withVersions(Files.readString(file));
        return "```" + language + "\n" + text.substring(text.indexOf(from)) + "```\n";
    }

    private static String get(String uri) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    private static TreeSet<String> groups(String name) throws Exception {
        return consumers.dependencies(name).stream()
                .map(artifact -> artifact.substring(0, artifact.indexOf(':')))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
