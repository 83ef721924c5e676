// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The examples of docs/embedding.md, with one class for each way to embed WAGI. */
package dev.wagi.samples.embedding;
