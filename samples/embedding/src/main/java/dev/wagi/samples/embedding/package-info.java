// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** What docs/embedding.md shows; one class for each way to embed WAGI. */
package dev.wagi.samples.embedding;
