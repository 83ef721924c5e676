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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is what happens. */
class ReadmeTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root"));

    @TempDir
    Path directory;

    @Test
    void java_embeddingExample_compilesAndServes() throws Exception {
        String source = block("java");
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

    /** The only fenced block of that language. */
    private static String block(String language) throws IOException {
        Matcher matcher = Pattern.compile("(?s)```" + language + "\\n(.*?)```")
                .matcher(Files.readString(ROOT.resolve("README.md")));
        assertThat(matcher.find()).isTrue();
        String text = matcher.group(1);
        assertThat(matcher.find()).as("one block of " + language).isFalse();
        return text;
    }
}
