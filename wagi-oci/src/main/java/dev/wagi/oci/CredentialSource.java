// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.util.List;

/** Knows the credentials for registries. Implementations are thread-safe. */
@FunctionalInterface
public interface CredentialSource {

    /**
     * {@return the credentials to try, the best first; empty for none} Called only after the registry has asked for
     * some, so it may take its time.
     *
     * @param registry the registry that is spoken to, {@code host} or {@code host:port} in lower case: a mirror if there is
     *     one; {@link OciReference#DOCKER_HUB} for Docker Hub
     * @param repository the repository in it
     * @throws OciException.BadCredentials if what is configured cannot be read
     */
    List<Credentials> credentials(String registry, String repository);
}
