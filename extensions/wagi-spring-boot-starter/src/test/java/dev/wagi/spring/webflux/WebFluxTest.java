// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.ReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

/** The starter in an application with WebFlux, Spring Security and the actuator, over HTTP. */
class WebFluxTest {

    private static final Path SAMPLES = Path.of(System.getProperty("wagi.root", "../.."), "samples/modules");
    private static final String HELLO = SAMPLES.resolve("hello/hello.wasm").toString();
    private static final String ENV = SAMPLES.resolve("env/env.wasm").toString();
    private static final String BASIC = "Basic YW5uOnNlY3JldA==";

    private final List<String> arguments = new ArrayList<>(List.of(
            "--spring.main.web-application-type=reactive",
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--spring.main.banner-mode=off",
            "--logging.level.root=warn",
            "--management.endpoints.web.exposure.include=health,wagi,metrics",
            "--server.forward-headers-strategy=framework",
            "--wagi.engine=interpreter",
            "--wagi.health-path=/healthz",
            "--wagi.module[0].route=/hello/...",
            "--wagi.module[0].module=" + HELLO,
            "--wagi.module[1].route=/env/...",
            "--wagi.module[1].module=" + ENV,
            "--wagi.module[1].name=environment",
            "--wagi.module[1].max-request-body=2MiB"));

    private ConfigurableApplicationContext context;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        SecurityWebFilterChain security(ServerHttpSecurity http) {
            return http.authorizeExchange(requests -> requests.anyExchange().permitAll())
                    .httpBasic(basic -> {})
                    .csrf(csrf -> csrf.disable())
                    .build();
        }

        @Bean
        ReactiveUserDetailsService users() {
            return new MapReactiveUserDetailsService(User.withUsername("ann")
                    .password("{noop}secret")
                    .roles("USER")
                    .build());
        }

        @Bean
        Controller controller() {
            return new Controller();
        }
    }

    @RestController
    static class Controller {

        @GetMapping("/hello/controller")
        Mono<String> hello() {
            return Mono.just("a controller");
        }
    }

    @AfterEach
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    private void start(Class<?>... more) {
        context = new SpringApplicationBuilder(Application.class).sources(more).run(arguments.toArray(String[]::new));
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private HttpRequest.Builder request(String path, String type) {
        return HttpRequest.newBuilder(uri(path)).header("Content-Type", type);
    }

    @Test
    void modules_answerWhatNoControllerDoes() throws Exception {
        start();

        assertThat(get("/hello").body()).isEqualTo("hello world\n");
        assertThat(get("/hello/controller").body()).isEqualTo("a controller");
        assertThat(get("/env/a?b=c").body().lines())
                .contains("SCRIPT_NAME=/env", "PATH_INFO=/a", "QUERY_STRING=b=c", "X_MATCHED_ROUTE=/env/...");
        assertThat(get("/healthz").body()).isEqualTo("OK");
        HttpResponse<String> missing = get("/missing");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).as("Spring's own page").contains("Not Found").doesNotContain("request id");
    }

    @Test
    void path_isAPrefix_itStandsInFrontOfRoutes() throws Exception {
        arguments.addAll(List.of("--wagi.path=/guests/", "--spring.webflux.base-path=/app"));
        start();

        assertThat(get("/app/guests/env/a").body().lines()).contains("SCRIPT_NAME=/app/guests/env", "PATH_INFO=/a");
        assertThat(get("/app/hello").statusCode()).isEqualTo(404);
        assertThat(get("/app/guestsenv").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            application/x-www-form-urlencoded | a=1&b=%C3%A9&c=x+y
            multipart/form-data; boundary=x   | --x~Content-Disposition: form-data; name="file"; filename="f"~~abc~--x--~
            application/json                  | {"a": 1}
            """)
    void bodies_reachTheGuest(String type, String sent) throws Exception {
        start();
        String body = sent.replace("~", "\r\n");

        for (String method : List.of("POST", "PUT", "PATCH")) {
            assertThat(send(request("/env/echo", type).method(method, BodyPublishers.ofString(body)))
                            .body())
                    .isEqualTo(body);
        }
        assertThat(send(request("/env", type).POST(BodyPublishers.ofString(body)))
                        .body()
                        .lines())
                .contains("CONTENT_LENGTH=" + body.length(), "CONTENT_TYPE=" + type);
    }

    @Configuration(proxyBeanMethods = false)
    static class FormReader {
        @Bean
        WebFilter readsForms() {
            return (exchange, chain) -> exchange.getFormData().then(chain.filter(exchange));
        }
    }

    @Test
    void form_thatAFilterHasRead_isMadeAgain() throws Exception {
        start(FormReader.class);
        String form = "application/x-www-form-urlencoded";

        assertThat(send(request("/env/echo", form).POST(BodyPublishers.ofString("a=1&b=%C3%A9&c=x+y&a=2")))
                        .body()
                        .split("&"))
                .containsExactlyInAnyOrder("a=1", "a=2", "b=%C3%A9", "c=x+y");
        assertThat(send(request("/env/echo", form).POST(BodyPublishers.ofString("")))
                        .body())
                .isEmpty();
    }

    @Configuration(proxyBeanMethods = false)
    static class BodyReader {
        @Bean
        WebFilter readsBodies() {
            return (exchange, chain) -> exchange.getRequest().getBody().then(chain.filter(exchange));
        }
    }

    @Test
    void body_thatAFilterHasRead_is500() throws Exception {
        start(BodyReader.class);

        assertThat(send(request("/env/echo", "text/plain").POST(BodyPublishers.ofString("gone")))
                        .statusCode())
                .isEqualTo(500);
        assertThat(get("/hello").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/octet-stream", "application/x-www-form-urlencoded"})
    void body_overTheLimit_is413(String type) throws Exception {
        start();
        byte[] body = new byte[3 << 20];

        for (HttpRequest.BodyPublisher publisher : List.of(
                BodyPublishers.ofByteArray(body), BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)))) {
            assertThat(send(request("/env/echo", type).POST(publisher)).statusCode())
                    .isEqualTo(413);
        }
        assertThat(get("/hello").statusCode()).isEqualTo(200);
    }

    @Test
    void user_ofSpringSecurity_isRemoteUser() throws Exception {
        start();

        assertThat(send(HttpRequest.newBuilder(uri("/env")).header("Authorization", BASIC))
                        .body()
                        .lines())
                .contains("REMOTE_USER=ann", "AUTH_TYPE=Basic");
        assertThat(get("/env").body().lines()).contains("REMOTE_USER=", "AUTH_TYPE=");
    }

    @Test
    void forwardedFields_reachTheGuestAsSpringReadsThem() throws Exception {
        start();

        assertThat(send(HttpRequest.newBuilder(uri("/env/a"))
                                .header("X-Forwarded-Proto", "https")
                                .header("X-Forwarded-Host", "shop.example")
                                .header("X-Forwarded-Prefix", "/front"))
                        .body()
                        .lines())
                .contains(
                        "SERVER_NAME=shop.example",
                        "SERVER_PORT=443",
                        "SCRIPT_NAME=/front/env",
                        "X_FULL_URL=https://shop.example/front/env/a");
    }

    @Test
    void actuator_showsHealthRoutesAndMetricsWithRoutes() throws Exception {
        start();
        get("/env/secret");
        get("/missing-secret");

        assertThat(get("/actuator/health").statusCode()).isEqualTo(200);
        assertThat(get("/actuator/wagi").body()).contains("/env/...", "environment");
        assertThat(metric("http.server.requests")).contains("\"/env/...\"").doesNotContain("secret");
        assertThat(metric("wagi.guest")).contains("\"/env/...\"", "\"SUCCESS\"");
        assertThat(get("/actuator/metrics/wagi.request").statusCode())
                .as("Spring's observation of the request is the parent")
                .isEqualTo(404);
    }

    /** The client may have the response before it is counted. */
    private String metric(String name) throws Exception {
        String metric = "";
        for (int i = 0; i < 10_000 && !metric.contains("/env/..."); i++) {
            metric = get("/actuator/metrics/" + name).body();
        }
        return metric;
    }

    /** The end of the application waits for what has begun. */
    @Test
    void stop_requestInFlight_isFinished() throws Exception {
        arguments.addAll(List.of("--server.shutdown=graceful", "--spring.lifecycle.timeout-per-shutdown-phase=10m"));
        start();
        Wagi wagi = context.getBean(Wagi.class);
        CountDownLatch closing = new CountDownLatch(1);
        context.addApplicationListener(event -> {
            if (event instanceof ContextClosedEvent) {
                closing.countDown();
            }
        });
        URI uri = uri("/env/echo");
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write("POST /env/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 9\r\n\r\nsome"
                    .getBytes(StandardCharsets.US_ASCII));
            while (wagi.usage().active() == 0) {
                Thread.onSpinWait();
            }
            CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
            closing.await();
            out.write(" more".getBytes(StandardCharsets.US_ASCII));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200 ")
                    .containsSubsequence("\r\n\r\n", "some", " more"); // in one chunk or in two
            closed.get();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnHandler {
        @Bean
        WagiWebHandler own(Wagi wagi) {
            return new WagiWebHandler(wagi).withAuthType((request, user) -> "Own");
        }
    }

    @Test
    void handler_isABeanOfTheApplication_isUsed() throws Exception {
        start(OwnHandler.class);

        assertThat(send(HttpRequest.newBuilder(uri("/env")).header("Authorization", BASIC))
                        .body()
                        .lines())
                .contains("REMOTE_USER=ann", "AUTH_TYPE=Own");
    }
}
