// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.credentials.DockerFiles;
import dev.wagi.oci.internal.credentials.PullSecrets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Where credentials may come from. */
public final class CredentialSources {

    private CredentialSources() {}

    /** Nowhere. */
    public static CredentialSource none() {
        return (registry, repository) -> List.of();
    }

    /**
     * These, for one registry.
     *
     * @param registry {@code host} or {@code host:port}
     * @throws IllegalArgumentException if that is malformed
     */
    public static CredentialSource of(String registry, Credentials credentials) {
        String name = OciReference.registry(registry);
        List<Credentials> all = List.of(Objects.requireNonNull(credentials, "credentials"));
        return (asked, repository) -> asked.equals(name) ? all : List.of();
    }

    /**
     * The files of podman and Docker: {@code $REGISTRY_AUTH_FILE}, else {@code $XDG_RUNTIME_DIR/containers/auth.json}; then
     * {@code $DOCKER_CONFIG/config.json}, else {@code ~/.docker/config.json}. A helper program that such a file names is run
     * from the PATH, for 30 seconds at most.
     */
    public static CredentialSource dockerFiles() {
        return DockerFiles.standard(System.getenv(), DockerFiles.home(System.getenv()));
    }

    /** One file in the form of Docker or podman, which must exist when credentials are asked for. */
    public static CredentialSource dockerFile(Path file) {
        return DockerFiles.of(file);
    }

    /**
     * Pull secrets of Kubernetes, matched as the kubelet does; all that match are tried.
     *
     * @param texts the values of {@code .dockerconfigjson} or {@code .dockercfg}, decoded
     * @throws dev.wagi.oci.OciException.BadCredentials if one is not JSON
     */
    public static CredentialSource pullSecrets(List<String> texts) {
        return PullSecrets.of(texts);
    }
}
