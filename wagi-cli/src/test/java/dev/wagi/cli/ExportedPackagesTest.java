// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documentation of each exported package is checked by the compiler, and has an example. */
class ExportedPackagesTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));
    /** Without those that are no library: nobody calls the classes of the Maven plugin but Maven. */
    private static final Pattern LIBRARY = Pattern.compile(
            "(?:wagi-(?!bench|cli|fuzz|it|testing)\\w+|extensions/(?!wagi-maven-plugin/)[\\w-]+)/src/main/java/.*");

    /** The starter's examples need Spring, which this module does not have. */
    private static final Set<String> WITHOUT_EXAMPLE = Set.of("dev.wagi.spring.boot", "dev.wagi.spring.webflux");

    private static final Pattern EXAMPLE = Pattern.compile("(?s)<pre>\\{@code\\n(.*?)\\n \\* }</pre>");

    /** What the examples use without declaring it. */
    private static final String FIELDS = """
            class Example {
                Wagi wagi;
                OciClient client;
                jakarta.servlet.ServletContext servletContext;
                DataSource database;
                Map<String, byte[]> table;
                Path kubeconfig;
                Path data;

                void run() throws Exception {
            """;

    @TempDir
    Path directory;

    /** The compiler checks the documentation of the packages that the parent POM lists. */
    @Test
    void packagesWithCheckedDocumentation_areThoseThatAreExported() throws IOException {
        Matcher list = Pattern.compile("<exported\\.packages>(.*?)</exported\\.packages>")
                .matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(list.find()).isTrue();

        assertThat(Set.of(list.group(1).split(",")))
                .isEqualTo(exportedPackages().keySet());
    }

    @Test
    void examples_compile() throws IOException {
        Map<String, Path> packages = exportedPackages();
        String imports = Stream.concat(
                        packages.keySet().stream().filter(name -> !WITHOUT_EXAMPLE.contains(name)),
                        Stream.of(
                                "io.micrometer.core.instrument",
                                "io.micrometer.core.instrument.simple",
                                "java.net",
                                "java.nio.charset",
                                "java.nio.file",
                                "java.sql",
                                "java.util",
                                "javax.sql"))
                .map(name -> "import " + name + ".*;\n")
                .collect(Collectors.joining());
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-d",
                directory.toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        for (Map.Entry<String, Path> entry : packages.entrySet()) {
            if (WITHOUT_EXAMPLE.contains(entry.getKey())) {
                continue;
            }
            Matcher example = EXAMPLE.matcher(Files.readString(entry.getValue()));
            assertThat(example.find()).as("example of %s", entry.getKey()).isTrue();
            String statements = example.group(1).replaceAll("(?m)^ \\* ?", "");
            Path folder = Files.createDirectory(directory.resolve(entry.getKey()));
            Path file = Files.writeString(
                    folder.resolve("Example.java"),
                    "package examples." + entry.getKey() + ";\n" + imports + FIELDS + statements + "\n}}\n");
            arguments.add(file.toString());
        }
        ByteArrayOutputStream errors = new ByteArrayOutputStream();

        int result = ToolProvider.getSystemJavaCompiler().run(null, null, errors, arguments.toArray(String[]::new));

        assertThat(result).as("%s", errors).isZero();
    }

    /** What is newer than its package says so itself. */
    @Test
    void everyPackage_saysSinceWhen() throws IOException {
        for (Map.Entry<String, Path> entry : exportedPackages().entrySet()) {
            assertThat(Files.readString(entry.getValue()))
                    .as(entry.getKey())
                    .containsPattern("(?m)^ \\* @since \\d+\\.\\d+$");
        }
    }

    /** What a module exports to all, and what is not internal in an automatic module; each with its package-info. */
    private static Map<String, Path> exportedPackages() throws IOException {
        Map<String, Path> packages = new TreeMap<>();
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
                packages.put(name, info);
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
