// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application behaves as the README describes. */
class ShopApplicationTest {

    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void start() {
        context = SpringApplication.run(
                ShopApplication.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn",
                "--spring.security.user.password=secret");
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static HttpResponse<String> get(String path, String... fields) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        return HttpClient.newHttpClient()
                .send((fields.length == 0 ? request : request.headers(fields)).build(), BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource({"acme, 180.00", "globex, 150.00"})
    void price_ofATenant_hasItsDiscount(String tenant, String price) throws Exception {
        assertThat(get("/price/" + tenant + "?amount=200").body()).isEqualTo(price);
    }

    @Test
    void price_ofNobody_isNotFound() throws Exception {
        assertThat(get("/price/nobody?amount=200").statusCode()).isEqualTo(404);
    }

    @Test
    void rulesAndActuator_needAPassword() throws Exception {
        String basic = "Basic " + Base64.getEncoder().encodeToString("user:secret".getBytes());

        assertThat(get("/rules/acme").statusCode()).isEqualTo(401);
        assertThat(get("/rules/acme", "Authorization", basic).body()).isEqualTo("10\n");
        assertThat(get("/actuator/wagi").statusCode()).isEqualTo(401);
        assertThat(get("/actuator/wagi", "Authorization", basic).body()).contains("/rules/globex");
        assertThat(get("/actuator/health").body()).contains("UP");
    }
}
