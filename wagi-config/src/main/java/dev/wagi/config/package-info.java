// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Configurations as text: {@code modules.toml}, and its equivalents in JSON and YAML. If this artifact is on the class
 * path, {@code Wagi.load(Path.of("modules.toml"))} works; {@link dev.wagi.config.WagiConfig} reads from other
 * locations.
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
