// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.auth;

/**
 * The access that a token grants.
 *
 * @param registry the origin of the registry that is contacted
 * @param repository the repository
 * @param isPush whether push access is needed
 */
public record Scope(String registry, String repository, boolean isPush) {

    /** Returns the scope as token servers expect it. */
    @Override
    public String toString() {
        return "repository:" + repository + (isPush ? ":pull,push" : ":pull");
    }
}
