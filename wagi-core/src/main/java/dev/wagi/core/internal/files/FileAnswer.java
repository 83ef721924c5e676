// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.transport.BodySource;
import org.jspecify.annotations.Nullable;

/**
 * What a request for a file is answered.
 *
 * @param status 200, 206, 301, 304, 404, 412 or 416
 * @param headers the fields of the response
 * @param length the length of the body, also for HEAD; -1 if there is none, or it is the caller's choice
 * @param body what the caller closes; null if there is nothing to send
 */
public record FileAnswer(
        int status, Headers headers, long length, @Nullable BodySource body) {

    static final FileAnswer NOT_FOUND = of(404, Headers.none());

    static FileAnswer of(int status, Headers headers) {
        return new FileAnswer(status, headers, -1, null);
    }

    /** Returns whether the body is the file, a part of it or, for 304, nothing; for others it is a short text. */
    public boolean isFile() {
        return status < 300 || status == 304;
    }
}
