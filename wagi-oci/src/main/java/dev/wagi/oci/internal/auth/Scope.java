// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.auth;

/**
 * What a token is to be good for.
 *
 * @param registry the registry that is spoken to, as an origin
 * @param repository the repository
 * @param isPush whether something is pushed
 */
public record Scope(String registry, String repository, boolean isPush) {

    /** In the form of token servers. */
    @Override
    public String toString() {
        return "repository:" + repository + (isPush ? ":pull,push" : ":pull");
    }
}
