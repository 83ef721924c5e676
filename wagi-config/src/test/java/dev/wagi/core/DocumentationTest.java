// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in docs/configuration.md can be loaded, and the page describes every key. */
class DocumentationTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    @TempDir
    Path directory;

    @Test
    void configuration_examples_load() throws IOException {
        for (String sample : List.of("hello", "env")) {
            Path copy = directory.resolve("modules/" + sample + "/" + sample + ".wasm");
            Files.createDirectories(copy.getParent());
            Files.copy(Guests.sample(sample), copy);
        }
        for (String folder : List.of("site", "data", "public")) {
            Files.createDirectory(directory.resolve(folder));
        }
        int loaded = 0;
        for (String format : List.of("toml", "yaml", "json")) {
            for (String text : blocks(format)) {
                Path file = Files.writeString(directory.resolve("modules." + format), text);
                Wagi.builder()
                        .engine(Wagi.Engine.INTERPRETER)
                        .outboundHttpClient(request -> {
                            throw new IOException("nothing is called here");
                        })
                        .addConfiguration(file)
                        .build()
                        .close();
                loaded++;
            }
        }

        assertThat(loaded).isEqualTo(6);
    }

    @Test
    void configuration_javaExample_compiles() throws IOException {
        String example = blocks("java").get(0);
        Path file = Files.writeString(
                directory.resolve("Example.java"),
                "import dev.wagi.core.Wagi;import java.nio.file.Path;import java.time.Duration;class Example { void"
                        + " run() {"
                        + example + "}}");
        ByteArrayOutputStream errors = new ByteArrayOutputStream();

        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        errors,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        file.toString());

        assertThat(result).as("%s", errors).isZero();
    }

    @Test
    void configuration_tables_haveEveryKey() throws IOException {
        Set<String> keys = new TreeSet<>();
        for (Map.Entry<String, String> set : Map.of("TOP_KEYS", "ConfigurationFile", "MODULE_KEYS", "ModuleKeys")
                .entrySet()) {
            Matcher matcher = Pattern.compile("(?s)" + set.getKey() + "\\s*=.*?Set\\.of\\((.*?)\\)")
                    .matcher(source(set.getValue()));
            assertThat(matcher.find()).as(set.getKey()).isTrue();
            Matcher key = Pattern.compile("\"(\\w+)\"").matcher(matcher.group(1));
            while (key.find()) {
                keys.add(key.group(1));
            }
        }
        Matcher server = Pattern.compile("(?s) KEYS =.*?Set\\.of\\((.*?)\\)").matcher(source("ServerKeys"));
        assertThat(server.find()).isTrue();
        keys.addAll(List.of(server.group(1).strip().replace("\"", "").split(",\\s*")));
        Matcher files = Pattern.compile("(?s) KEYS =.*?Set\\.of\\((.*?)\\)").matcher(source("StaticKeys"));
        assertThat(files.find()).isTrue();
        keys.addAll(List.of(files.group(1).replace("\"", "").split(",\\s*")));
        Matcher volume = Pattern.compile(" KEYS = .*?Set\\.of\\((.*?)\\)").matcher(source("VolumeEntry"));
        assertThat(volume.find()).isTrue();
        keys.addAll(List.of(volume.group(1).replace("\"", "").split(", ")));
        Matcher limit = Pattern.compile("(?m)^    ([A-Z_]+)\\(Kind\\.").matcher(source("LimitKey"));
        while (limit.find()) {
            keys.add(limit.group(1).toLowerCase(Locale.ROOT));
        }
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("(?m)^\\| `(\\w+)` \\|").matcher(text());
        while (row.find()) {
            documented.add(row.group(1));
        }

        assertThat(documented).isEqualTo(keys).hasSizeGreaterThan(30);
    }

    private static String source(String type) throws IOException {
        return Files.readString(ROOT.resolve("wagi-config/src/main/java/dev/wagi/config/internal/" + type + ".java"));
    }

    private static List<String> blocks(String language) throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = Pattern.compile("(?s)```" + language + "\\n(.*?)```").matcher(text());
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    private static String text() throws IOException {
        return Files.readString(ROOT.resolve("docs/configuration.md"));
    }
}
