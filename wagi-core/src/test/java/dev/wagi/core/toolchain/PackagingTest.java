// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the POMs of the artifacts promise to those who depend on them. */
class PackagingTest {

    private static final Path ROOT = Libraries.ROOT;
    private static final Path BOM = ROOT.resolve("wagi-bom/pom.xml");

    @Test
    void bom_listsEveryLibraryOnceInTheVersionOfTheBuild() throws IOException {
        String bom = Files.readString(BOM);
        String version = find(
                        "<artifactId>wagi-parent</artifactId>\\s*<version>([^<]+)<",
                        Files.readString(ROOT.resolve("pom.xml")))
                .get(0);
        List<String> expected = new ArrayList<>();
        for (Path library : Libraries.directories()) {
            expected.add(library.getFileName().toString());
        }

        assertThat(find("<artifactId>([^<]+)</artifactId>", managed(bom)))
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(find("<version>([^<]+)</version>", managed(bom))).containsOnly(version);
        assertThat(find("<artifactId>wagi-bom</artifactId>\\s*<version>([^<]+)<", bom))
                .containsExactly(version);
    }

    /** A parent's dependencyManagement would be imported along with it. */
    @Test
    void bom_hasNoParent() throws IOException {
        assertThat(Files.readString(BOM)).doesNotContain("<parent>");
    }

    @Test
    void libraries_haveNoOptionalDependency() throws IOException {
        for (Path library : Libraries.directories()) {
            assertThat(Files.readString(library.resolve("pom.xml")))
                    .as("%s", library)
                    .doesNotContain("<optional>");
        }
    }

    /** Nobody has to know what else to put on the module path. */
    @Test
    void libraries_requireNothingStaticallyButJspecify() throws IOException {
        int checked = 0;
        for (Path library : Libraries.directories()) {
            Path descriptor = library.resolve("src/main/java/module-info.java");
            if (Files.exists(descriptor)) {
                assertThat(find("requires static (?:transitive )?([\\w.]+);", Files.readString(descriptor)))
                        .as("%s", library)
                        .isSubsetOf("org.jspecify");
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(3);
    }

    /** An exclusion in the parent's dependencyManagement is not seen by those who depend on an artifact. */
    @Test
    void libraries_thatUseWabt_excludeItsChicoryThemselves() throws IOException {
        List<String> users = new ArrayList<>();
        for (Path library : Libraries.directories()) {
            String dependencies = Files.readString(library.resolve("pom.xml"));
            for (String dependency : find("(?s)<dependency>(.*?)</dependency>", dependencies)) {
                if (dependency.contains("<artifactId>wabt<") && !dependency.contains("<scope>test<")) {
                    users.add(library.getFileName() + " " + find("<groupId>([^<]+)<", dependency));
                }
            }
        }
        assertThat(users).containsExactly("wagi-wat [com.dylibso.chicory, *]");
    }

    @Test
    void libraries_areNamedAndDescribed() throws IOException {
        for (Path library : Libraries.directories()) {
            String pom = Files.readString(library.resolve("pom.xml"));
            assertThat(find("<name>([^<]+)</name>", pom))
                    .containsExactly(library.getFileName().toString());
            assertThat(find("<description>([^<]+)</description>", pom))
                    .as("%s", library)
                    .hasSize(1);
        }
    }

    private static String managed(String bom) {
        return bom.substring(bom.indexOf("<dependencyManagement>"), bom.indexOf("</dependencyManagement>"));
    }

    private static List<String> find(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toList());
    }
}
