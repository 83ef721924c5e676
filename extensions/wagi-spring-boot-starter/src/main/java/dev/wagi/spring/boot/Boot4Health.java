// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Up while modules are served, for Spring Boot 4. */
final class Boot4Health extends AbstractHealthIndicator {

    private final Wagi wagi;

    Boot4Health(Wagi wagi) {
        super("the WAGI modules cannot be looked at");
        this.wagi = wagi;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.up().withDetail("routes", wagi.routes().size());
    }
}
