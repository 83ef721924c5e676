// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** {@link WagiServlet} in Spring Boot. */
@Configuration(proxyBeanMethods = false)
public class WagiConfiguration {

    @Bean
    Wagi wagi() {
        return Wagi.builder()
                .addModule(m -> m.route("/hello/...").source("classpath:/guests/hello.wasm"))
                .build();
    }

    @Bean
    ServletRegistrationBean<WagiServlet> wagiServlet(Wagi wagi) {
        return new ServletRegistrationBean<>(new WagiServlet(wagi), "/wagi/*");
    }
}
