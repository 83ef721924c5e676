// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import dev.wagi.node.api.NodeException;
import org.jspecify.annotations.Nullable;

/** A call of the API failed. */
public final class ApiException extends NodeException {

    private static final long serialVersionUID = 1;

    private final int code;

    ApiException(int code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The status code of the answer; 0 if there was none. */
    public int code() {
        return code;
    }

    /** Whether the object is not there. */
    public boolean isNotFound() {
        return code == 404;
    }

    /** Whether another writer was faster, or a precondition does not hold. */
    public boolean isConflict() {
        return code == 409;
    }

    /** Whether the node may not do this, or the authorizer does not know yet that it may. */
    public boolean isForbidden() {
        return code == 403;
    }
}
