// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** SECURITY.md names the tests that show what it promises. */
class SecurityDocumentationTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    @Test
    void tests_thatAreNamed_exist() throws IOException {
        Set<String> named = Pattern.compile("`(\\w+Test)`")
                .matcher(Files.readString(ROOT.resolve("SECURITY.md")))
                .results()
                .map(MatchResult::group)
                .map(name -> name.replace("`", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> existing = new TreeSet<>();
        for (Path module : Libraries.directories()) {
            try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
                files.forEach(file -> existing.add(file.getFileName().toString().replace(".java", "")));
            }
        }

        assertThat(named).hasSizeGreaterThan(15).isSubsetOf(existing);
    }
}
