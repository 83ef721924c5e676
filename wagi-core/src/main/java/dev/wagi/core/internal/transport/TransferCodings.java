// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import java.util.List;

/** Checks the Transfer-Encoding fields of a request. */
public final class TransferCodings {

    private TransferCodings() {}

    /**
     * Returns whether no coding other than chunked was applied to a body. Other codings cannot be decoded here, so such
     * a request is answered with 501, and its guest does not run.
     *
     * @param fields the values of all Transfer-Encoding fields, each a comma-separated list
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-6.1">RFC 9112, section 6.1</a>
     */
    public static boolean areUnderstood(List<String> fields) {
        for (String field : fields) {
            for (String coding : field.split(",")) {
                if (!coding.isBlank() && !coding.strip().equalsIgnoreCase("chunked")) {
                    return false;
                }
            }
        }
        return true;
    }
}
