// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** docs/conformance.md says what {@link Rfc3875Test} proves. */
class ConformanceTableTest {

    private static final Path PAGE =
            Path.of(System.getProperty("wagi.root", "..")).resolve("docs/conformance.md");

    /** Begins the part of the page that the tests of transports write. */
    private static final String OF_TRANSPORTS = "\n## In servers and containers\n";

    @Test
    void page_isWhatTheTestsSay() throws IOException {
        String page = ConformanceTable.page();
        String committed = Files.exists(PAGE) ? Files.readString(PAGE).replace("\r\n", "\n") : "";
        int end = (committed + OF_TRANSPORTS).indexOf(OF_TRANSPORTS);
        if (Boolean.getBoolean("wagi.regenerate")) {
            Files.writeString(PAGE, page + committed.substring(end));
            return;
        }

        assertThat(committed.substring(0, end))
                .as("docs/conformance.md is stale; regenerate it with: mvn -f wagi-core/pom.xml test"
                        + " -Dtest=ConformanceTableTest -Dwagi.regenerate=true")
                .isEqualTo(page);
    }

    @Test
    void tests_areAnnotated() {
        for (Class<?> type : Rfc3875Test.class.getDeclaredClasses()) {
            if (!type.isAnnotationPresent(Nested.class)) {
                continue;
            }
            assertThat(type.isAnnotationPresent(Section.class))
                    .as(type.getSimpleName())
                    .isTrue();
            for (Method method : type.getDeclaredMethods()) {
                if (Modifier.isPrivate(method.getModifiers())) {
                    continue;
                }
                assertThat(method.isAnnotationPresent(Requirement.class))
                        .as("%s has a @Requirement", method)
                        .isTrue();
                assertThat(method.isAnnotationPresent(Deviation.class) && method.isAnnotationPresent(Disabled.class))
                        .as("%s is either", method)
                        .isFalse();
            }
        }
    }

    @Test
    void rows_coverEverySectionThatBindsAServer() {
        assertThat(ConformanceTable.rows().stream()
                        .map(ConformanceTable.Row::number)
                        .distinct())
                .containsExactly(
                        "3.1", "3.2", "3.3", "3.4", "4.1", "4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.5", "4.1.6",
                        "4.1.7", "4.1.8", "4.1.9", "4.1.10", "4.1.11", "4.1.12", "4.1.13", "4.1.14", "4.1.15", "4.1.16",
                        "4.1.17", "4.1.18", "4.2", "4.3.1", "4.3.2", "4.3.3", "4.3.4", "4.4", "5.1", "5.2", "6.1",
                        "6.2", "6.2.1", "6.2.2", "6.2.3", "6.2.4", "6.3", "6.3.1", "6.3.2", "6.3.3", "6.3.4", "6.3.5",
                        "6.4", "7.2", "8.1", "9.2", "9.5", "9.6", "9.7", "9.8");
    }
}
