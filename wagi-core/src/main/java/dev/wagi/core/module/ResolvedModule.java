// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

/**
 * The bytes of a module, WebAssembly binary or text.
 *
 * @param bytes the bytes; not written to after the call
 * @param origin where they came from, for messages: a path, a URL
 */
public record ResolvedModule(byte[] bytes, String origin) {}
