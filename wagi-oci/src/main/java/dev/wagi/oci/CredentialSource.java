// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.util.List;

/** Supplies credentials for registries. Implementations must be thread-safe. */
@FunctionalInterface
public interface CredentialSource {

    /**
     * {@return the credentials to try, in order of preference; empty if there are none} The method is called only after
     * the registry has asked for authentication, so it may block.
     *
     * @param registry the registry that is contacted, {@code host} or {@code host:port} in lower case: the mirror if
     *     one is configured; {@link OciReference#DOCKER_HUB} for Docker Hub
     * @param repository the repository on that registry
     * @throws OciException.BadCredentials if the configured credentials cannot be read
     */
    List<Credentials> credentials(String registry, String repository);
}
