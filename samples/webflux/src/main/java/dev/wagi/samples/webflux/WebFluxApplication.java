// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.webflux;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** The starter serves the modules of {@code application.yaml}; controllers answer everything else. */
@SpringBootApplication
@RestController
public class WebFluxApplication {

    private final Wagi wagi;

    WebFluxApplication(Wagi wagi) {
        this.wagi = wagi;
    }

    /** Starts the application. */
    public static void main(String[] arguments) {
        SpringApplication.run(WebFluxApplication.class, arguments);
    }

    /** The routes of the modules. */
    @GetMapping("/routes")
    Flux<String> routes() {
        return Flux.fromIterable(wagi.routes()).map(RouteInfo::route).map(route -> route + "\n");
    }
}
