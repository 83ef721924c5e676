// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import org.jspecify.annotations.Nullable;

/** Something cannot be measured here; the message says why. A benchmark fails with it, a test is skipped. */
final class UnavailableException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    UnavailableException(String why, @Nullable Throwable cause) {
        super(why, cause);
    }
}
