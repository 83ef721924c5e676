// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.http.Origin;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * Where a repository really is.
 *
 * @param registry what credentials are looked up by
 * @param repository its name there
 * @param isPlain whether it is spoken to over plain HTTP
 */
public record Remote(String registry, String repository, boolean isPlain) {

    private static final String HUB_API = "registry-1.docker.io";

    /**
     * Which registries are elsewhere, and which are insecure.
     *
     * @param mirrors by registry, {@code host[:port][/prefix]} each
     * @param insecure names of registries
     */
    public record Settings(Map<String, String> mirrors, Set<String> insecure) {

        /** Copies. */
        public Settings {
            mirrors = Map.copyOf(mirrors);
            insecure = Set.copyOf(insecure);
        }

        /** Whether something may be said to an origin over plain HTTP. */
        public boolean isInsecure(Origin origin) {
            return insecure.stream().anyMatch(origin::isOf);
        }
    }

    /** Of a reference. */
    public static Remote of(OciReference reference, Settings settings) {
        String registry = reference.registry();
        String repository = reference.repository();
        String mirror = settings.mirrors().get(registry);
        if (mirror != null) {
            int slash = mirror.indexOf('/');
            registry = slash < 0 ? mirror : mirror.substring(0, slash);
            repository = slash < 0 ? repository : mirror.substring(slash + 1) + "/" + repository;
        }
        return new Remote(registry, repository, settings.insecure().contains(registry));
    }

    /** Something of the repository. */
    URI uri(String path) {
        String host = registry.equals(OciReference.DOCKER_HUB) ? HUB_API : registry;
        return URI.create((isPlain ? "http://" : "https://") + host + "/v2/" + repository + path);
    }

    Origin origin() {
        return Origin.of(uri("/"));
    }
}
