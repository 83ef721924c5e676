// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * WAGI modules in Spring Boot 3.5 and 4: what {@code wagi.*} says is served on every path that no controller answers.
 *
 * <p>{@link dev.wagi.spring.boot.WagiCustomizer} beans change the host; a bean of type {@link dev.wagi.core.Wagi}
 * replaces it.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.spring.boot;

import org.jspecify.annotations.NullMarked;
