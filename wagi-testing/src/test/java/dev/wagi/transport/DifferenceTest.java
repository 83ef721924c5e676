// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The end of docs/conformance.md says what {@link Difference} says. */
class DifferenceTest {

    private static final Path PAGE =
            Path.of(System.getProperty("wagi.root", "..")).resolve("docs/conformance.md");

    private static final String INTRODUCTION = """

            ## In servers and containers

            One suite of tests, `WireContract`, sends requests over HTTP/1.1 to `wagi serve`, to `WagiServlet` in Tomcat, Jetty and
            Undertow and in WARs on Tomcat 11 and Jetty 12.1 (EE10 and EE11), to applications of Spring Boot 3.5 and 4 with the
            starter on Tomcat and Jetty, and to WebFlux on Reactor Netty. All answer alike except for the rows below. "Tomcat" and "Jetty" are
            configured to accept all that they can; "Spring Boot" has its defaults and these properties, without which long or
            unusual requests are refused:

            ```properties
            server.max-http-request-header-size=64KB
            server.tomcat.max-http-response-header-size=128KB
            server.tomcat.max-swallow-size=-1
            server.tomcat.relaxed-query-chars=",<,>,[,\\\\,],^,`,{,|,}
            server.jetty.max-http-response-header-size=128KB
            spring.mvc.dispatch-trace-request=true
            wagi.health-path=/healthz
            server.error.path=/boot-error
            ```

            This part of the page is generated from the class `Difference`. After a change there, run

            ```sh
            mvn test -pl wagi-testing -am -Dtest=DifferenceTest -Dsurefire.failIfNoSpecifiedTests=false -Dwagi.regenerate=true
            ```

            | difference | where | reason |
            |---|---|---|
            """;

    @Test
    void page_saysWhatIsDifferent() throws IOException {
        String page = Files.readString(PAGE).replace("\r\n", "\n");
        int begin = (page + "\n## In servers").indexOf("\n## In servers");
        String wanted = INTRODUCTION
                + Arrays.stream(Difference.values()).map(Difference::row).collect(Collectors.joining("\n", "", "\n"));
        if (Boolean.getBoolean("wagi.regenerate")) {
            Files.writeString(PAGE, page.substring(0, begin) + wanted);
            return;
        }

        assertThat(page.substring(begin))
                .as("docs/conformance.md is stale; it says how to regenerate this part")
                .isEqualTo(wanted);
    }
}
