// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.spring.boot.WagiCustomizer;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application of Spring Boot that has only the starter, in the servlet container of the class path. */
class BootApplicationTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            excludeName = {
                // On the class path because other tests need it; in Boot 3.5, in Boot 4.
                "org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration",
                "org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration",
                "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
                "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration"
            })
    static class Application {

        @Bean
        WagiCustomizer guests() {
            return Guests::addTo;
        }
    }

    abstract static class InContainer extends WireContract {

        private static final List<String> PROPERTIES = List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--logging.level.root=off",
                "--server.max-http-request-header-size=64KB",
                "--server.tomcat.max-http-response-header-size=128KB",
                "--server.jetty.max-http-response-header-size=128KB",
                "--server.tomcat.max-swallow-size=-1",
                "--server.tomcat.relaxed-query-chars=\",<,>,[,\\,],^,`,{,|,}",
                "--spring.mvc.dispatch-trace-request=true",
                "--wagi.health-path=/healthz",
                "--server.error.path=/boot-error",
                "--spring.web.error.path=/boot-error");

        private static final String CONTAINER = System.getProperty("wagi.container", "tomcat");

        private final String prefix;
        private final List<String> arguments;
        private ConfigurableApplicationContext context;

        InContainer(String prefix, String... arguments) {
            this.prefix = prefix;
            this.arguments = List.of(arguments);
        }

        @Override
        URI start() {
            context = new SpringApplicationBuilder(Application.class)
                    .run(Stream.concat(PROPERTIES.stream(), arguments.stream()).toArray(String[]::new));
            return URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + prefix);
        }

        @Override
        Set<Difference.Place> places() {
            return Set.of(CONTAINER.equals("jetty") ? Difference.Place.BOOT_JETTY : Difference.Place.BOOT_TOMCAT);
        }

        @Test
        void container_isTheOneOfTheBuild() {
            assertThat(context.containsBean(CONTAINER + "ServletWebServerFactory"))
                    .isTrue();
        }

        @Override
        void stop() {
            context.close();
        }
    }

    /** {@code wagi.path}: without Spring MVC. */
    @Nested
    class BelowAPath extends InContainer {
        BelowAPath() {
            super("/app/wagi", "--server.servlet.context-path=/app", "--wagi.path=/wagi");
        }
    }

    /** As it is by default: what no controller answers. */
    @Nested
    class BehindControllers extends InContainer {
        BehindControllers() {
            super("");
        }

        @Override
        Set<Difference.Place> places() {
            return Stream.concat(super.places().stream(), Stream.of(Difference.Place.BEHIND_CONTROLLERS))
                    .collect(Collectors.toSet());
        }
    }
}
