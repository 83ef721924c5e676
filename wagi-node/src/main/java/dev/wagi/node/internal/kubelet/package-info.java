// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The HTTPS API that the API server and metrics collectors call. */
@NullMarked
package dev.wagi.node.internal.kubelet;

import org.jspecify.annotations.NullMarked;
