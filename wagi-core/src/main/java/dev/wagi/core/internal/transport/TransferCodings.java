// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.transport;

import java.util.List;

/** What a request's Transfer-Encoding fields say. */
public final class TransferCodings {

    private TransferCodings() {}

    /**
     * Whether nothing but chunked was applied to a body. With any other coding it is not the content, which nobody here can
     * decode: such a request is answered 501, and its guest does not run.
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
