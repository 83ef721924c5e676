// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import java.io.IOException;

/** An archive is malformed, or contains something that is refused. The message is written to follow "the archive". */
public final class TarException extends IOException {

    private static final long serialVersionUID = 1;

    TarException(String message) {
        super(message);
    }
}
