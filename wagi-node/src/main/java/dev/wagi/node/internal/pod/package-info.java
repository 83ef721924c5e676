// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The life cycle of this node's pods: admission, images, containers, status, deletion. */
@NullMarked
package dev.wagi.node.internal.pod;

import org.jspecify.annotations.NullMarked;
