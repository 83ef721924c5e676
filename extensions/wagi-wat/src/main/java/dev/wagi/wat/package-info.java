// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Modules that are WebAssembly text. A host loads {@code .wat} files if this artifact is there; {@link dev.wagi.wat.Wat}
 * assembles without a host. An automatic module, as wabt is: see RATIONALE.md.
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
