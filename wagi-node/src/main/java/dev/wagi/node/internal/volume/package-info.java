// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The objects that pods refer to: ConfigMaps, Secrets, tokens, and the directories of their volumes. */
@NullMarked
package dev.wagi.node.internal.volume;

import org.jspecify.annotations.NullMarked;
