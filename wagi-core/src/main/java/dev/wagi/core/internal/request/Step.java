// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.io.IOException;

/** A part of the way of an exchange. */
@FunctionalInterface
interface Step {

    /**
     * Goes this part of the way.
     *
     * @return whether the request is answered; if not it is waiting
     * @throws IOException if the client is gone
     */
    boolean run() throws IOException;
}
