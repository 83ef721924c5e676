// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Loads modules that are WebAssembly text. If this artifact is present, a host loads {@code .wat} files;
 * {@link dev.wagi.wat.Wat} assembles without a host. It is an automatic module, because wabt is one: see RATIONALE.md.
 *
 * <pre>{@code
 * byte[] module = Wat.assemble("hello.wat", Files.readAllBytes(Path.of("hello.wat")));
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.wat;

import org.jspecify.annotations.NullMarked;
