// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import dev.wagi.node.api.NodeException;

/** An API call failed. */
public final class ApiException extends NodeException {

    private static final long serialVersionUID = 1;

    private final int code;

    /** For a response that is a failure. */
    ApiException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** For a call without a response. */
    ApiException(String message, Throwable cause) {
        super(message, cause);
        this.code = 0;
    }

    /** Returns the status code of the response; 0 if there was none. */
    public int code() {
        return code;
    }

    /** Whether the object does not exist. */
    public boolean isNotFound() {
        return code == 404;
    }

    /** Whether another writer was faster, or a precondition was not met. */
    public boolean isConflict() {
        return code == 409;
    }

    /** Whether the node does not have permission, or the authorizer does not know about it yet. */
    public boolean isForbidden() {
        return code == 403;
    }
}
