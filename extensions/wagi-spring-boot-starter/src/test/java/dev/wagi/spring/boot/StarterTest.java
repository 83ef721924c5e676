// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** The starter in an application with Spring MVC, Spring Security and the actuator, over HTTP. */
class StarterTest {

    private static final Path SAMPLES = Path.of(System.getProperty("wagi.root", "../.."), "samples/modules");
    private static final String HELLO = SAMPLES.resolve("hello/hello.wasm").toString();
    private static final String ENV = SAMPLES.resolve("env/env.wasm").toString();

    private final List<String> arguments = new ArrayList<>(List.of(
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--spring.main.banner-mode=off",
            "--logging.level.root=warn",
            "--management.endpoints.web.exposure.include=health,wagi,metrics",
            "--management.endpoint.health.show-details=always",
            "--server.forward-headers-strategy=framework",
            "--wagi.engine=interpreter"));

    private ConfigurableApplicationContext context;

    @TempDir
    Path folder;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .httpBasic(basic -> {})
                    .csrf(csrf -> csrf.disable())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(User.withUsername("ann")
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
        String hello() {
            return "a controller";
        }

        @PostMapping("/upload")
        String upload(@RequestParam("file") MultipartFile file) throws Exception {
            return "upload of " + file.getBytes().length;
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

    private void modules() {
        arguments.addAll(List.of(
                "--wagi.module[0].route=/hello/...",
                "--wagi.module[0].module=" + HELLO,
                "--wagi.module[1].route=/env/...",
                "--wagi.module[1].module=" + ENV,
                "--wagi.module[1].name=environment",
                "--wagi.module[1].max-memory=64MiB",
                "--wagi.module[1].timeout=60s",
                "--wagi.module[1].environment.TENANT_KEY=t1"));
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    @Test
    void properties_nameModules_theyAnswerWhatNoControllerDoes() throws Exception {
        modules();
        start();

        assertThat(get("/hello").body()).isEqualTo("hello world\n");
        assertThat(get("/hello/controller").body()).isEqualTo("a controller");
        assertThat(get("/env/a?b=c").body().lines())
                .contains(
                        "SCRIPT_NAME=/env",
                        "PATH_INFO=/a",
                        "QUERY_STRING=b=c",
                        "TENANT_KEY=t1",
                        "X_MATCHED_ROUTE=/env/...");
        HttpResponse<String> missing = get("/missing");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).as("Spring's own page").contains("Not Found").doesNotContain("request id");
    }

    @Test
    void properties_nameStaticFiles_theyAreServedWithoutAModule() throws Exception {
        Files.writeString(folder.resolve("a.txt"), "a file");
        arguments.addAll(List.of(
                "--wagi.static[0].route=/files/...",
                "--wagi.static[0].path=" + folder,
                "--wagi.static[0].cache-control=no-cache",
                "--wagi.static[0].types.txt=text/x-own"));
        start();

        HttpResponse<String> response = get("/files/a.txt");

        assertThat(response.body()).isEqualTo("a file");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-cache");
        assertThat(response.headers().firstValue("Content-Type")).contains("text/x-own");
        assertThat(get("/files/b.txt").statusCode()).isEqualTo(404);
        assertThat(get("/actuator/wagi").body()).contains("/files/...");
    }

    @Test
    void path_isAPrefix_itStandsInFrontOfRoutes() throws Exception {
        modules();
        arguments.add("--wagi.path=/guests/");
        start();

        assertThat(get("/guests/env/a").body().lines()).contains("SCRIPT_NAME=/guests/env", "PATH_INFO=/a");
        assertThat(get("/hello").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/guests"})
    void bodies_reachTheGuest(String path) throws Exception {
        modules();
        arguments.add("--wagi.path=" + path);
        start();
        URI guest = uri((path.equals("/") ? "" : path) + "/env/body");
        String multipart =
                "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nabc\r\n--x--\r\n";

        for (String method : List.of("POST", "PUT", "PATCH")) {
            assertThat(send(HttpRequest.newBuilder(guest)
                                    .header("Content-Type", "multipart/form-data; boundary=x")
                                    .method(method, BodyPublishers.ofString(multipart)))
                            .body())
                    .contains("length = " + multipart.length());
            assertThat(send(HttpRequest.newBuilder(guest)
                                    .header("Content-Type", "application/x-www-form-urlencoded")
                                    .method(method, BodyPublishers.ofString("a=1&b=2")))
                            .body())
                    .contains("length = 7");
        }
        assertThat(send(HttpRequest.newBuilder(uri("/upload"))
                                .header("Content-Type", "multipart/form-data; boundary=x")
                                .POST(BodyPublishers.ofString(multipart)))
                        .body())
                .isEqualTo("upload of 3");
    }

    @Test
    void user_ofSpringSecurity_isRemoteUser() throws Exception {
        modules();
        start();

        assertThat(send(HttpRequest.newBuilder(uri("/env")).header("Authorization", "Basic YW5uOnNlY3JldA=="))
                        .body()
                        .lines())
                .contains("REMOTE_USER=ann", "AUTH_TYPE=Basic");
        assertThat(get("/env").body().lines()).contains("REMOTE_USER=", "AUTH_TYPE=");
    }

    @Test
    void forwardedFields_reachTheGuestAsSpringReadsThem() throws Exception {
        modules();
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
    void virtualThreads_serveGuests() throws Exception {
        modules();
        arguments.add("--spring.threads.virtual.enabled=true");
        start();

        assertThat(get("/hello").body()).isEqualTo("hello world\n");
    }

    @Test
    void actuator_showsHealthAndRoutes_withoutSecrets() throws Exception {
        modules();
        start();

        assertThat(get("/actuator/health").body()).contains("\"wagi\"", "\"routes\":2");
        assertThat(get("/actuator/wagi").body())
                .contains("/env/...", "environment", "\"maxTotalConcurrency\"")
                .contains("\"state\":\"loaded\",\"sha256\":\"", "\"allowedHosts\":[]")
                .doesNotContain("TENANT_KEY", "t1\"");
        HttpRequest.Builder reload = HttpRequest.newBuilder(uri("/actuator/wagi"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}"));
        assertThat(send(reload).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"/, /env/..., /hello/...", "/guests, /guests/env/..., /guests/hello/..."})
    void metrics_ofRequests_haveTheRouteAndNoPath(String path, String env, String hello) throws Exception {
        modules();
        arguments.add("--wagi.path=" + path);
        start();
        String prefix = path.equals("/") ? "" : path;
        for (int i = 0; i < 5; i++) {
            get(prefix + "/env/secret-" + i);
            get(prefix + "/hello");
            get(prefix + "/missing-" + i);
        }

        assertThat(get("/actuator/metrics/http.server.requests").body())
                .contains("\"" + env + "\"", "\"" + hello + "\"")
                .doesNotContain("secret-", "missing-");
    }

    @Test
    void metrics_ofTheHost_areInTheRegistryOfTheApplication() throws Exception {
        modules();
        start();
        get("/env/secret");

        // The client may have the response before it is counted.
        String requests = get("/actuator/metrics/http.server.request.duration").body();
        for (int i = 0; i < 10_000 && !requests.contains("/env/..."); i++) {
            requests = get("/actuator/metrics/http.server.request.duration").body();
        }
        assertThat(requests).contains("\"/env/...\"", "\"environment\"").doesNotContain("secret");
        assertThat(get("/actuator/metrics/wagi.memory.pooled").body()).contains("\"baseUnit\":\"bytes\"");
        // What was read when the meters were registered is used for a tenth of a second.
        String lent = get("/actuator/metrics/wagi.instances.lent?tag=wagi.module:environment")
                .body();
        for (int i = 0; i < 10_000 && lent.contains("\"value\":0.0"); i++) {
            lent = get("/actuator/metrics/wagi.instances.lent?tag=wagi.module:environment")
                    .body();
        }
        assertThat(lent).contains("\"value\":1.0");
    }

    @Test
    void observationsOfGuests_areMadeInTheRegistryOfTheApplication() throws Exception {
        modules();
        start();
        get("/env/secret");

        // The client may have the response before the observation ends.
        String runs = get("/actuator/metrics/wagi.guest").body();
        for (int i = 0; i < 10_000 && !runs.contains("/env/..."); i++) {
            runs = get("/actuator/metrics/wagi.guest").body();
        }
        assertThat(runs)
                .contains("\"/env/...\"", "\"environment\"", "\"SUCCESS\"")
                .doesNotContain("secret");
        assertThat(get("/actuator/metrics/wagi.request").statusCode())
                .as("Spring's observation of the request is the parent")
                .isEqualTo(404);
    }

    @Test
    void configuration_isAFile_andIsReloaded() throws Exception {
        Path file = folder.resolve("modules.toml");
        Files.copy(Path.of(HELLO), folder.resolve("hello.wasm"));
        Files.writeString(file, "[[module]]\nroute = \"/one\"\nmodule = \"hello.wasm\"\n");
        arguments.addAll(List.of("--wagi.configuration=" + file.toUri(), "--wagi.reload-endpoint=true"));
        start();
        assertThat(get("/one").body()).isEqualTo("hello world\n");

        Files.writeString(file, "[[module]]\nroute = \"/two\"\nmodule = \"hello.wasm\"\n");
        assertThat(send(HttpRequest.newBuilder(uri("/actuator/wagi"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{}")))
                        .body())
                .contains("/two");
        assertThat(get("/two").body()).isEqualTo("hello world\n");
        assertThat(get("/one").statusCode()).isEqualTo(404);
    }

    @Configuration(proxyBeanMethods = false)
    static class Customized {
        @Bean
        WagiCustomizer more() {
            return builder -> builder.addModule(m -> m.route("/more").source(Path.of(HELLO)));
        }
    }

    @Test
    void customizer_addsModules() throws Exception {
        start(Customized.class);

        assertThat(get("/more").body()).isEqualTo("hello world\n");
    }

    @Configuration(proxyBeanMethods = false)
    static class Replaced {
        @Bean
        Wagi own() {
            return Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addModule(m -> m.route("/own").source(Path.of(HELLO)))
                    .build();
        }
    }

    @Test
    void wagi_isABeanOfTheApplication_isServed() throws Exception {
        start(Replaced.class);

        assertThat(get("/own").body()).isEqualTo("hello world\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wagi.module[0].module=none.wasm | wagi.module[0]",
                "wagi.module[0].max-memory=much | wagi.module[0].max-memory: \"much\" is not a size",
                "wagi.module[0].max-queue=-1 | wagi.module[0].max-queue: ",
                "wagi.module[0].request-body=keep | wagi.module[0].request-body: \"keep\" is neither collect nor"
                        + " stream",
                "wagi.module[0].load=later | wagi.module[0].load: \"later\" is neither eager nor lazy",
                "wagi.static[0].route=/files/... | wagi.static[0]",
                "wagi.module[0].volumes[/data].mode=rw | wagi.module[0].volumes[/data]: has no path",
                "wagi.defaults.max-stderr=1TB | wagi.defaults.max-stderr: \"1TB\" is not a size",
                "wagi.max-total-queue=-1 | wagi.max-total-queue: ",
                "wagi.configuration=classpath:none.toml | wagi.configuration: there is nothing at classpath:none.toml",
                "wagi.path=guests | wagi.path: \"guests\" does not begin with /",
                "wagi.engine=jit | wagi.engine: \"jit\" is neither compiler nor interpreter",
            })
    void start_wrongProperty_isReportedAsBootDoes(String property, String message) {
        arguments.remove("--wagi.engine=interpreter");
        arguments.addAll(List.of("--wagi.module[0].route=/hello", "--wagi.module[0].module=" + HELLO, "--" + property));
        Throwable failure = null;
        try {
            start();
        } catch (RuntimeException e) {
            failure = e;
        }

        FailureAnalysis analysis = new WagiFailureAnalyzer().analyze(failure);
        assertThat(analysis).isNotNull();
        assertThat(analysis.getDescription())
                .startsWith("The WAGI modules cannot be served:")
                .contains(message);
        assertThat(analysis.getAction()).contains("wagi.module");
    }

    @Test
    void start_noModule_saysWhereToNameOne() {
        assertThatThrownBy(this::start).hasRootCauseInstanceOf(WagiConfigException.class);
    }

    @Test
    void start_unknownProperty_fails() {
        modules();
        arguments.add("--wagi.module[0].max-memroy=1MiB");

        assertThatThrownBy(this::start).hasStackTraceContaining("max-memroy");
    }

    @Test
    void enabled_isFalse_nothingIsServed() {
        arguments.add("--wagi.enabled=false");
        start();

        assertThat(context.getBeansOfType(Wagi.class)).isEqualTo(Map.of());
    }

    /** An application's own host, which it goes on to use after the context. */
    @Configuration(proxyBeanMethods = false)
    static class OwnHost {

        @Bean(destroyMethod = "")
        Wagi own() {
            return Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addModule(module -> module.route("/own").source(HELLO))
                    .build();
        }
    }

    @Test
    void host_isTheApplicationsOwn_isNotClosed() throws Exception {
        start(OwnHost.class);
        Wagi own = context.getBean(Wagi.class);
        assertThat(get("/own").body()).isEqualTo("hello world\n");

        context.close();

        assertThat(status(own, "/own")).isEqualTo(200);
        own.close();
        assertThat(status(own, "/own")).isEqualTo(503);
    }

    @Test
    void host_isTheStarters_isClosed() {
        modules();
        start();
        Wagi wagi = context.getBean(Wagi.class);

        context.close();

        assertThat(status(wagi, "/hello")).isEqualTo(503);
    }

    private static int status(Wagi wagi, String target) {
        return wagi.handle(WagiRequest.builder("GET", target).build()).status();
    }
}
