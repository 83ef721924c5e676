// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Configurations as text: {@code modules.toml}, and the same in JSON and YAML. With this on the class path
 * {@code Wagi.load(Path.of("modules.toml"))} is enough; {@link dev.wagi.config.WagiConfig} reads from other places.
 *
 * <pre>{@code
 * Wagi wagi = Wagi.builder()
 *         .addSource(WagiConfig.ofResource("wagi/modules.toml"))
 *         .build();
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.config;

import org.jspecify.annotations.NullMarked;
