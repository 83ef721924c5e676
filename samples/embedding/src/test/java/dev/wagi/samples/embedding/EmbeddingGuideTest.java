// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The snippets of docs/embedding.md are in the samples, which {@link EmbeddingTest} runs, or in the program for Spring
 * Boot, which ConsumersTest runs; and the page shows each of them.
 */
class EmbeddingGuideTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", "../.."));
    private static final Pattern JAVA = Pattern.compile("(?s)```java\\n(.*?)```");
    private static final Pattern SERVLET_SETTING = Pattern.compile("(?m)^spring\\.\\S+=false$");

    @Test
    void snippets_ofThePage_areInASample() throws IOException {
        List<String> samples = samples();
        List<String> shown = new ArrayList<>();
        Matcher block = JAVA.matcher(page());
        while (block.find()) {
            String snippet = unindented(block.group(1));
            List<String> holding =
                    samples.stream().filter(sample -> sample.contains(snippet)).toList();
            assertThat(holding).as(block.group(1)).isNotEmpty();
            shown.addAll(holding);
        }

        assertThat(shown).as("samples that the page shows").containsAll(samples);
    }

    /** The page recommends what a message recommends. */
    @Test
    void settings_ofSpring_areThoseOfTheMessage() throws IOException {
        String servlet =
                Files.readString(ROOT.resolve("wagi-http/src/main/java/dev/wagi/http/servlet/WagiServlet.java"));
        List<String> settings = SERVLET_SETTING
                .matcher(page())
                .results()
                .map(match -> match.group())
                .filter(setting -> !setting.contains("threads"))
                .toList();

        assertThat(settings).hasSize(3).allMatch(servlet::contains);
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/embedding.md"));
    }

    private static List<String> samples() throws IOException {
        try (Stream<Path> files =
                Files.list(ROOT.resolve("samples/embedding/src/main/java/dev/wagi/samples/embedding"))) {
            List<String> samples = new ArrayList<>();
            for (Path file :
                    files.filter(path -> !path.endsWith("package-info.java")).toList()) {
                samples.add(unindented(Files.readString(file)));
            }
            samples.add(unindented(
                    Files.readString(ROOT.resolve("wagi-it/src/consumers/boot/src/main/java/org/example/Main.java"))));
            return samples;
        }
    }

    /** Returns the lines without their indentation, because a snippet begins at the margin. */
    private static String unindented(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
