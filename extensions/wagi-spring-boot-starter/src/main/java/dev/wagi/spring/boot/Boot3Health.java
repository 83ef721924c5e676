// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;

/** Up while modules are served, for Spring Boot 3. */
final class Boot3Health extends AbstractHealthIndicator {

    private final Wagi wagi;

    Boot3Health(Wagi wagi) {
        super("the WAGI modules cannot be looked at");
        this.wagi = wagi;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.up().withDetail("routes", wagi.routes().size());
    }
}
