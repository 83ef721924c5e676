// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Request;
import java.io.IOException;

/** One kind of request to a registry, and what its answer means. */
interface Endpoint<T> {

    /** What it does, for a message: {@code "fetching the manifest"}. */
    String action();

    Request request(Remote remote);

    /** Whether {@link #read} knows what to do with an answer of this status. */
    boolean accepts(int status);

    /** Takes what is wanted from the answer. May fail with an {@link IOException}; the request is then sent again. */
    T read(Answer answer) throws IOException;
}
