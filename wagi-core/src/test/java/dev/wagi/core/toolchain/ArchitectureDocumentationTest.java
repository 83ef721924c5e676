// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/architecture.md shows the Maven modules, packages and classes that there are. */
class ArchitectureDocumentationTest {

    private static final Path ROOT = Libraries.ROOT;
    private static final String SOURCES = "src/main/java";

    private static String page;

    @BeforeAll
    static void read() throws IOException {
        page = Files.readString(ROOT.resolve("docs/architecture.md"));
    }

    @Test
    void modules_areThoseOfTheBuild() throws IOException {
        assertThat(find("(?m)^\\| `([^`]+)` \\| [^|]+ \\|$", section("Maven modules")))
                .containsExactlyElementsOf(find("<module>([^<]+)</module>", Files.readString(ROOT.resolve("pom.xml"))));
    }

    @Test
    void picture_hasTheDependenciesOfThePoms() throws IOException {
        Set<String> expected = new TreeSet<>();
        List<Path> directories = new ArrayList<>(Libraries.directories());
        directories.add(ROOT.resolve("wagi-cli"));
        for (Path directory : directories) {
            for (String dependency :
                    find("(?s)<dependency>(.*?)</dependency>", Files.readString(directory.resolve("pom.xml")))) {
                if (dependency.contains("<groupId>dev.wagi<") && !dependency.contains("<scope>test<")) {
                    expected.add(directory.getFileName() + " --> "
                            + find("<artifactId>([^<]+)<", dependency).get(0));
                }
            }
        }

        assertThat(find("(?m)^    (\\S+ --> \\S+)$", section("Maven modules")))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    /** Each with those who can use it. */
    @Test
    void packages_areThoseOfTheSources() throws IOException {
        TreeMap<String, String> expected = new TreeMap<>();
        for (Path library : Libraries.directories()) {
            Path sources = library.resolve(SOURCES);
            Path descriptor = sources.resolve("module-info.java");
            String exports = Files.exists(descriptor) ? Files.readString(descriptor) : null;
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.endsWith("package-info.java"))
                        .map(file ->
                                sources.relativize(file.getParent()).toString().replaceAll("[/\\\\]", "."))
                        .forEach(name -> expected.put(name, exportedTo(name, exports)));
            }
        }
        TreeMap<String, String> shown = new TreeMap<>();
        Pattern.compile("(?m)^\\| `(dev[^`]+)` \\| [^|]+ \\| ([^|]+) \\|$")
                .matcher(section("Packages"))
                .results()
                .forEach(row -> shown.put(row.group(1), row.group(2).replace("`", "")));

        assertThat(shown).isEqualTo(expected);
    }

    /** An automatic module exports everything. */
    private static String exportedTo(String name, String descriptor) {
        if (descriptor == null || descriptor.contains("exports " + name + ";")) {
            return "all";
        }
        return find("exports " + Pattern.quote(name) + "\\s+to\\s+([^;]+);", descriptor).stream()
                .map(to -> Arrays.stream(to.split(",")).map(String::strip).collect(Collectors.joining(", ")))
                .findFirst()
                .orElse("none");
    }

    @Test
    void classesOnTheWayOfARequest_exist() throws IOException {
        Set<String> existing = new TreeSet<>();
        for (Path library : Libraries.directories()) {
            try (Stream<Path> files = Files.walk(library.resolve(SOURCES))) {
                files.forEach(file -> existing.add(file.getFileName().toString().replace(".java", "")));
            }
        }

        assertThat(find("`([A-Z]\\w+)`", section("The way of a request")))
                .hasSizeGreaterThan(10)
                .isSubsetOf(existing);
    }

    private static String section(String title) {
        int start = page.indexOf("\n## " + title + "\n");
        assertThat(start).as(title).isNotNegative();
        int end = page.indexOf("\n## ", start + 1);
        return page.substring(start, end < 0 ? page.length() : end);
    }

    private static List<String> find(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }
}
