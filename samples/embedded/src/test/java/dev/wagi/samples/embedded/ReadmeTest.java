// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's examples behave as it describes. */
class ReadmeTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root"));

    @TempDir
    Path directory;

    @Test
    void java_embeddingExample_compilesAndServes() throws Exception {
        String source = blocks("java").get(0);
        assertThat(source.lines()).as("lines of the example").hasSizeLessThanOrEqualTo(15);
        Path file = Files.writeString(directory.resolve("Hello.java"), source);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        file.toString())
                .directory(ROOT.toFile())
                .redirectError(new File(directory.toFile(), "stderr"))
                .start();
        try (BufferedReader stdout = process.inputReader()) {
            String line = stdout.readLine();
            assertThat(line)
                    .as("%s", Files.readString(directory.resolve("stderr")))
                    .startsWith("Try http://127.0.0.1:");

            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(line.substring("Try ".length())))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.body()).isEqualTo("hello world\n");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void console_session_answersAsShown() throws IOException {
        String session = block("console");
        List<String> answered = new ArrayList<>();
        try (Wagi wagi = Wagi.load(ROOT.resolve("samples/modules.toml"))) {
            Matcher command = Pattern.compile("(?m)^\\$ curl -s 127\\.0\\.0\\.1:3000(\\S+)\\n")
                    .matcher(session);
            while (command.find()) {
                String body = wagi.handle(WagiRequest.get(command.group(1))).text();
                answered.add(command.group() + (body.endsWith("\n") ? body : body + "\n"));
            }
        }

        assertThat(answered).hasSize(6);
        assertThat(String.join("", answered)).isEqualTo(session);
    }

    @Test
    void toml_excerpt_isPartOfTheSample() throws IOException {
        assertThat(Files.readString(ROOT.resolve("samples/modules.toml"))).contains(block("toml"));
    }

    /** The snippets after the first are parts of samples that have their own tests. */
    @Test
    void java_snippets_areInASample() throws IOException {
        List<String> samples = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ROOT.resolve("samples/embedding/src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                samples.add(unindented(Files.readString(file)));
            }
        }
        List<String> snippets = blocks("java");

        assertThat(snippets).hasSize(3);
        for (String snippet : snippets.subList(1, snippets.size())) {
            assertThat(samples).as(snippet).anyMatch(sample -> sample.contains(unindented(snippet)));
        }
    }

    /** The first block is the BOM's, and the text after it names each of its artifacts. */
    @Test
    void artifacts_areThoseOfTheBom() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        Pattern artifact = Pattern.compile("<artifactId>(wagi-[\\w-]+)</artifactId>");
        String bom = Files.readString(ROOT.resolve("wagi-bom/pom.xml"));
        Matcher version = Pattern.compile("<artifactId>wagi-bom</artifactId>\\s*<version>([^<]+)</version>")
                .matcher(bom);
        assertThat(version.find()).isTrue();
        List<String> named = new ArrayList<>(found(artifact, String.join("", blocks("xml"))));
        named.addAll(found(Pattern.compile("\\| `dev\\.wagi:(wagi-[\\w-]+)` \\|"), readme));

        assertThat(named).containsExactlyInAnyOrderElementsOf(found(artifact, bom));
        assertThat(blocks("xml").get(0)).contains("<version>" + version.group(1) + "</version>");
    }

    @Test
    void badges_areTrue() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));

        assertThat(readme)
                .contains(found(
                                        Pattern.compile("<maven\\.compiler\\.release>(\\d+)<"),
                                        Files.readString(ROOT.resolve("pom.xml")))
                                .get(0)
                        + "%2B-");
        Matcher requirements = Pattern.compile("(\\d+) requirements: (\\d+) yes")
                .matcher(Files.readString(ROOT.resolve("docs/conformance.md")));
        assertThat(requirements.find()).isTrue();
        assertThat(readme)
                .contains(
                        requirements.group(2) + " of " + requirements.group(1) + " requirements",
                        requirements.group(2) + "%20of%20" + requirements.group(1) + "-");
        assertThat(Files.readString(ROOT.resolve("LICENSE"))).contains("Apache License");
    }

    /** Returns the only fenced block in that language. */
    private static String block(String language) throws IOException {
        List<String> blocks = blocks(language);
        assertThat(blocks).as("one block of " + language).hasSize(1);
        return blocks.get(0);
    }

    private static List<String> blocks(String language) throws IOException {
        return found(
                Pattern.compile("(?s)```" + language + "\\n(.*?)```"), Files.readString(ROOT.resolve("README.md")));
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }

    private static String unindented(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
