// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What {@code mvn -Prelease verify} makes is what Maven Central asks for, and no more than what is meant to be
 * published.
 */
@EnabledIfSystemProperty(named = "wagi.release", matches = ".+", disabledReason = "only with -Prelease")
class ReleaseTest {

    private static final String VERSION = Consumers.property("project.version");
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static Path repository;

    @BeforeAll
    static void find() {
        repository = Path.of(Consumers.property("wagi.release"), "repository/dev/wagi");
    }

    @Test
    void repository_hasWhatIsMeantToBePublished() throws IOException {
        Set<String> expected = new TreeSet<>();
        for (String module : modules()) {
            if (!Files.readString(Consumers.ROOT.resolve(module).resolve("pom.xml"))
                    .contains("<maven.deploy.skip>true</maven.deploy.skip>")) {
                expected.add(Path.of(module).getFileName().toString());
            }
        }

        assertThat(expected).contains("wagi-bom", "wagi-core", "wagi-server").doesNotContain("wagi-it", "wagi-testing");
        assertThat(artifacts()).isEqualTo(expected);
    }

    @Test
    void artifacts_haveSourcesJavadocAndSbom() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        for (String artifact : artifacts()) {
            List<String> ends = artifact.equals("wagi-bom")
                    ? List.of(".pom")
                    : List.of(".pom", ".jar", "-sources.jar", "-javadoc.jar", "-cyclonedx.json");
            softly.assertThat(files(artifact).stream().map(file -> end(artifact, file)))
                    .as(artifact)
                    .filteredOn(end -> !end.equals("-tests.jar"))
                    .containsExactlyInAnyOrderElementsOf(ends);
        }
        softly.assertAll();
    }

    @Test
    void files_haveTheirDigests() throws Exception {
        for (String artifact : artifacts()) {
            for (Path file : files(artifact)) {
                for (String algorithm : List.of("MD5", "SHA-1")) {
                    Path digest = file.resolveSibling(file.getFileName() + "."
                            + algorithm.toLowerCase(Locale.ROOT).replace("-", ""));
                    assertThat(digest)
                            .hasContent(HexFormat.of()
                                    .formatHex(
                                            MessageDigest.getInstance(algorithm).digest(Files.readAllBytes(file))));
                }
            }
        }
    }

    @Test
    void jars_containTheTerms() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        for (String artifact : artifacts()) {
            for (Path file : files(artifact)) {
                if (file.toString().endsWith(".jar") && !file.toString().endsWith("-tests.jar")) {
                    try (JarFile jar = new JarFile(file.toFile())) {
                        for (String name : List.of("LICENSE", "NOTICE")) {
                            ZipEntry entry = jar.getEntry("META-INF/" + name);
                            softly.assertThat(entry)
                                    .as("%s in %s", name, file.getFileName())
                                    .isNotNull();
                            if (entry != null) {
                                softly.assertThat(jar.getInputStream(entry).readAllBytes())
                                        .as("%s in %s", name, file.getFileName())
                                        .isEqualTo(Files.readAllBytes(Consumers.ROOT.resolve(name)));
                            }
                        }
                    }
                }
            }
        }
        softly.assertAll();
    }

    /** What is missing here is what Maven Central refuses; what is too much here is what a program would inherit. */
    @Test
    void poms_areWholeAndFlat() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        for (String artifact : artifacts()) {
            String pom = Files.readString(files(artifact).stream()
                    .filter(file -> file.toString().endsWith(".pom"))
                    .findFirst()
                    .orElseThrow());
            softly.assertThat(pom)
                    .as(artifact)
                    .contains(
                            "<name>" + artifact + "</name>",
                            "<description>",
                            "<url>https://wagi.dev</url>",
                            "<name>Apache-2.0</name>",
                            "<organization>",
                            "<connection>scm:git:https://wagi.dev/wagi.git</connection>")
                    .doesNotContain("<parent>", "<properties>", "<build>", "<profiles>", "${", "<scope>test</scope>");
            softly.assertThat(pom.replace("<version>" + VERSION + "</version>", ""))
                    .as(artifact)
                    .doesNotContain("SNAPSHOT");
        }
        softly.assertAll();
    }

    private static List<String> modules() throws IOException {
        return MODULE.matcher(Files.readString(Consumers.ROOT.resolve("pom.xml")))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static Set<String> artifacts() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> all = Files.list(repository)) {
            all.forEach(path -> names.add(path.getFileName().toString()));
        }
        return names;
    }

    /** Of an artifact, without digests, signatures and what Maven notes down for itself. */
    private static List<Path> files(String artifact) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(repository.resolve(artifact).resolve(VERSION))) {
            all.filter(path -> !path.toString().matches(".*\\.(md5|sha1|asc)|.*maven-metadata.*"))
                    .sorted()
                    .forEach(files::add);
        }
        assertThat(files).isNotEmpty();
        return files;
    }

    /** What follows the version in a file's name; a snapshot's version is a time there. */
    private static String end(String artifact, Path file) {
        String base = VERSION.replace("-SNAPSHOT", "");
        return file.getFileName()
                .toString()
                .replaceFirst(
                        "^" + Pattern.quote(artifact + "-" + base) + "(-SNAPSHOT|-[0-9]{8}\\.[0-9]{6}-[0-9]+)?", "");
    }
}
