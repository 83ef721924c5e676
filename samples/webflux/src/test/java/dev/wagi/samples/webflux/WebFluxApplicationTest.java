// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** The application behaves as the README describes. */
class WebFluxApplicationTest {

    private static ConfigurableApplicationContext context;
    private static WebClient client;

    @BeforeAll
    static void start() {
        context = SpringApplication.run(
                WebFluxApplication.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn");
        client = WebClient.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static Flux<String> upper(Flux<String> body) {
        return client.post().uri("/upper").body(body, String.class).retrieve().bodyToFlux(String.class);
    }

    @Test
    void controller_listsRoutes() {
        assertThat(client.get()
                        .uri("/routes")
                        .retrieve()
                        .bodyToMono(String.class)
                        .block())
                .isEqualTo("/upper\n");
    }

    @Test
    void module_answersInUpperCase() {
        assertThat(String.join(
                        "", upper(Flux.just("some ", "text")).collectList().block()))
                .isEqualTo("SOME TEXT");
    }

    /** Both directions stream: the answer to the first piece arrives before the second one is sent. */
    @Test
    void conversation_hasAnAnswerBeforeTheNextQuestion() {
        Sinks.Many<String> questions = Sinks.many().unicast().onBackpressureBuffer();
        questions.tryEmitNext("first\n");

        List<String> answers = upper(questions.asFlux())
                .doOnNext(answer -> {
                    if (answer.equals("FIRST")) {
                        questions.tryEmitNext("second\n");
                    } else {
                        questions.tryEmitComplete();
                    }
                })
                .collectList()
                .block();

        assertThat(answers).containsExactly("FIRST", "SECOND");
    }
}
