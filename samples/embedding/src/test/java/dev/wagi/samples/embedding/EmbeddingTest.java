// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.server.WagiServer;
import jakarta.enterprise.inject.spi.CDI;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jboss.weld.environment.servlet.EnhancedListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** Runs the statements of docs/embedding.md about each container in that container. */
@Timeout(120)
class EmbeddingTest {

    private static final Path MODULES =
            Path.of(System.getProperty("wagi.root", "../..")).resolve("samples/modules");

    private static final String MULTIPART =
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
                    + "the content\r\n--x--\r\n";

    @TempDir
    Path directory;

    @Test
    void building_guestFromTheClassPath_answersAndIsCached() throws Exception {
        Path cache = directory.resolve("cache");
        try (Wagi wagi = Building.build(cache)) {
            assertThat(wagi.handle(WagiRequest.get("/hello")).text()).isEqualTo("hello world\n");
        }

        try (Stream<Path> kept = Files.walk(cache)) {
            assertThat(kept.filter(Files::isRegularFile)).isNotEmpty();
        }
    }

    @Test
    void building_configurationOfTheJar_answers() {
        try (Wagi wagi = Building.fromTheJar()) {
            assertThat(wagi.handle(WagiRequest.get("/hello")).text()).isEqualTo("hello world\n");
        }
    }

    @Test
    void building_replaced_servesTheOther() throws Exception {
        Path configuration = Files.writeString(
                directory.resolve("modules.toml"),
                "[[module]]\nroute = \"/other\"\nmodule = '" + MODULES.resolve("hello/hello.wasm") + "'\n");
        try (Wagi wagi = Building.small(configuration)) {
            assertThat(wagi.maxTotalConcurrency()).isEqualTo(8);
        }
        try (Wagi wagi = Building.build(directory.resolve("cache"))) {
            Building.replace(wagi, configuration);

            assertThat(wagi.handle(WagiRequest.get("/other")).status()).isEqualTo(200);
            assertThat(wagi.handle(WagiRequest.get("/hello")).status()).isEqualTo(404);
        }
    }

    @Test
    void inProcess_body_isTheGuestsInput() {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/rules/discount").source(MODULES.resolve("echo-c/echo-c.wasm")))
                .build()) {
            assertThat(InProcess.discount(wagi, "{\"total\": 7}").lines())
                    .contains("method = POST", "content_type = application/json", "content_length = 12");
        }
    }

    @Test
    void server_serves() throws Exception {
        try (Wagi wagi = env();
                WagiServer server = InServer.start(wagi, 0)) {
            assertThat(send(HttpRequest.newBuilder(server.uri().resolve("/env/a"))
                                    .build())
                            .body()
                            .lines())
                    .contains("SCRIPT_NAME=/env", "PATH_INFO=/a");
        }
    }

    @Test
    void tomcat_contextPathAndProxy_reachTheGuest() throws Exception {
        try (Wagi wagi = env()) {
            Tomcat tomcat = InTomcat.start(wagi, directory, 0);
            try {
                URI uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/shop/wagi/env/a");
                HttpResponse<String> response = send(HttpRequest.newBuilder(uri)
                        .header("X-Forwarded-For", "203.0.113.7")
                        .header("X-Forwarded-Proto", "https")
                        .build());

                assertThat(response.body().lines())
                        .contains(
                                "SCRIPT_NAME=/shop/wagi/env",
                                "PATH_INFO=/a",
                                "REMOTE_ADDR=203.0.113.7",
                                "REQUEST_SCHEME=https");
                assertThat(echoed(uri.resolve("echo"))).isEqualTo(MULTIPART);
            } finally {
                tomcat.stop();
                tomcat.destroy();
            }
        }
    }

    @Test
    void jetty_contextPathAndMultipart_reachTheGuest() throws Exception {
        try (Wagi wagi = env()) {
            Server server = InJetty.start(wagi, 0);
            try {
                URI uri = URI.create("http://127.0.0.1:" + ((ServerConnector) server.getConnectors()[0]).getLocalPort()
                        + "/shop/wagi/env/a");

                assertThat(send(HttpRequest.newBuilder(uri).build()).body().lines())
                        .contains("SCRIPT_NAME=/shop/wagi/env", "PATH_INFO=/a");
                assertThat(echoed(uri.resolve("echo"))).isEqualTo(MULTIPART);
            } finally {
                server.stop();
            }
        }
    }

    @Test
    void war_listener_servesAndCloses() throws Exception {
        Tomcat tomcat = tomcat();
        Context context = tomcat.addContext("", directory.toString());
        context.addApplicationListener(WagiStarter.class.getName());
        assertServesHello(tomcat);
    }

    /** Weld in Tomcat; it closes the bean when the application stops. */
    @Test
    void cdi_bean_isServedAndClosed() throws Exception {
        AtomicReference<Wagi> bean = new AtomicReference<>();
        Tomcat tomcat = tomcat();
        Context context = tomcat.addContext("", directory.toString());
        context.addServletContainerInitializer(new EnhancedListener(), Set.of());
        context.addApplicationListener(WagiRegistration.class.getName());
        context.addServletContainerInitializer(
                (classes, servlets) -> bean.set(CDI.current().select(Wagi.class).get()), Set.of());
        assertServesHello(tomcat);

        assertThatThrownBy(() -> bean.get().reload(Wagi.builder())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void spring_registrationBean_serves() throws Exception {
        try (AnnotationConfigApplicationContext application =
                new AnnotationConfigApplicationContext(WagiConfiguration.class)) {
            ServletRegistrationBean<?> servlet = application.getBean(ServletRegistrationBean.class);
            assertThat(servlet.isAsyncSupported()).isTrue();
            Tomcat tomcat = tomcat();
            tomcat.addContext("", directory.toString())
                    .addServletContainerInitializer((classes, context) -> servlet.onStartup(context), Set.of());
            assertServesHello(tomcat);
        }
    }

    @Test
    void asynchronous_guest_completesTheFuture() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try (Wagi wagi = env()) {
            WagiResponse response =
                    Asynchronous.handle(wagi, WagiRequest.get("/env"), executor).get();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.text()).contains("SCRIPT_NAME=/env\n");
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void asynchronous_noThread_failsTheFuture() {
        try (Wagi wagi = env()) {
            CompletableFuture<WagiResponse> response = Asynchronous.handle(wagi, WagiRequest.get("/env"), task -> {
                throw new IllegalStateException("stopped");
            });

            assertThatThrownBy(response::get).hasRootCauseMessage("the response broke off");
        }
    }

    private static Wagi env() {
        return Wagi.builder()
                .addModule(m -> m.route("/env/...").source(MODULES.resolve("env/env.wasm")))
                .build();
    }

    private Tomcat tomcat() {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        return tomcat;
    }

    private static void assertServesHello(Tomcat tomcat) throws Exception {
        tomcat.start();
        try {
            URI uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/wagi/hello");

            assertThat(send(HttpRequest.newBuilder(uri).build()).body()).isEqualTo("hello world\n");
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }

    private static String echoed(URI uri) throws Exception {
        return send(HttpRequest.newBuilder(uri)
                        .header("Content-Type", "multipart/form-data; boundary=x")
                        .POST(HttpRequest.BodyPublishers.ofString(MULTIPART))
                        .build())
                .body();
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
