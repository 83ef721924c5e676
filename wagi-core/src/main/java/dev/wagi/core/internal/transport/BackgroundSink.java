// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import dev.wagi.core.api.ResponseSink;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A sink that can send a long body without a thread that waits for the client. */
public interface BackgroundSink extends ResponseSink {

    /**
     * Sends the whole body, then ends the response; aborts it if the body is shorter or cannot be read. Follows
     * {@code start}, in place of {@code write} and {@code end}. Returns at once.
     *
     * @param body closed when nothing more is read from it
     * @param length the length of the body in bytes, above 0, the one that {@code start} was given
     * @param done called once, at the end, on any thread, with what went wrong or null
     */
    void send(BodySource body, long length, Consumer<@Nullable Throwable> done);
}
