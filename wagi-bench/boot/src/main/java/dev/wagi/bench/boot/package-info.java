// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

/** A Boot hello, to measure what WAGI adds to it. */
package dev.wagi.bench.boot;
