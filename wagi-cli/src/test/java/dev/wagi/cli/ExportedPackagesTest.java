// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documentation of each exported package is checked by the compiler. */
class ExportedPackagesTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));
    /** Without those that are no library. */
    private static final Pattern LIBRARY =
            Pattern.compile("(?:wagi-(?!bench|cli|fuzz|it|testing)\\w+|extensions/[\\w-]+)/src/main/java/.*");

    /** The compiler checks the documentation of the packages that the parent POM lists. */
    @Test
    void packagesWithCheckedDocumentation_areThoseThatAreExported() throws IOException {
        Matcher list = Pattern.compile("<exported\\.packages>(.*?)</exported\\.packages>")
                .matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(list.find()).isTrue();

        assertThat(Set.of(list.group(1).split(","))).isEqualTo(exportedPackages());
    }

    /** What a module exports to all, and what is not internal in an automatic module. */
    private static Set<String> exportedPackages() throws IOException {
        Set<String> packages = new TreeSet<>();
        for (Path info : libraryFiles("package-info.java")) {
            Path sources = info;
            while (!sources.endsWith("src/main/java")) {
                sources = sources.getParent();
            }
            String name = sources.relativize(info.getParent())
                    .toString()
                    .replace(info.getFileSystem().getSeparator(), ".");
            Path module = sources.resolve("module-info.java");
            boolean exported = Files.exists(module)
                    ? Files.readString(module).contains("exports " + name + ";")
                    : !name.contains(".internal");
            if (exported) {
                packages.add(name);
            }
        }
        return packages;
    }

    private static List<Path> libraryFiles(String name) throws IOException {
        try (Stream<Path> files = Files.find(
                ROOT,
                20,
                (path, attributes) -> path.endsWith(name)
                        && LIBRARY.matcher(ROOT.relativize(path).toString().replace('\\', '/'))
                                .matches())) {
            return files.toList();
        }
    }
}
