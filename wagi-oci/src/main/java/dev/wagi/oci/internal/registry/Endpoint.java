// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import java.io.IOException;

/** A type of request to a registry, and the interpretation of its response. */
interface Endpoint<T> {

    /** Returns the action for messages, for instance {@code "fetching the manifest"}. */
    String action();

    Request request(Remote remote);

    /** Whether {@link #read} handles responses with this status code. */
    boolean accepts(int status);

    /** Reads the result from the response. May throw an {@link IOException}; the request is then sent again. */
    T read(Answer answer) throws IOException;
}
