// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The goals of {@code wagi-maven-plugin}. Their parameters are its interface; the classes are for Maven only. */
@NullMarked
package dev.wagi.maven;

import org.jspecify.annotations.NullMarked;
