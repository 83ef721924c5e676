// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.shop;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** A shop whose tenants bring their own discount rules. */
@SpringBootApplication
@RestController
public class ShopApplication {

    private static final BigDecimal HUNDRED = new BigDecimal(100);

    private final Wagi wagi;

    ShopApplication(Wagi wagi) {
        this.wagi = wagi;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(ShopApplication.class, arguments);
    }

    /**
     * Returns the price after the tenant's discount. The rule is a guest, so its output is validated like any other
     * input.
     */
    @GetMapping("/price/{tenant:[a-z]{1,20}}")
    BigDecimal price(@PathVariable("tenant") String tenant, @RequestParam("amount") BigDecimal amount) {
        WagiResponse rule = wagi.handle(WagiRequest.get("/rules/" + tenant));
        String percent = new String(rule.body(), StandardCharsets.UTF_8).strip();
        if (rule.status() != HttpStatus.OK.value() || !percent.matches("[0-9]{1,2}")) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        BigDecimal left = HUNDRED.subtract(new BigDecimal(percent));
        return amount.multiply(left).divide(HUNDRED, 2, RoundingMode.HALF_UP);
    }

    /** Prices and health are public; the rules themselves and the actuator are for the operator. */
    @Bean
    static SecurityFilterChain security(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers("/price/*", "/actuator/health", "/error")
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .httpBasic(Customizer.withDefaults())
                .build();
    }
}
