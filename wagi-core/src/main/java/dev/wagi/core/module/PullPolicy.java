// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

/** When a module's origin is contacted, with the meaning of Kubernetes' {@code imagePullPolicy}. */
public enum PullPolicy {
    /**
     * Contacts the origin each time, to check what the reference means now. Bytes that are available locally are not
     * fetched again.
     */
    ALWAYS,
    /** Contacts the origin only if the module is not available locally. */
    IF_NOT_PRESENT,
    /** Never contacts the origin; it is an error if the module is not available locally. */
    NEVER
}
