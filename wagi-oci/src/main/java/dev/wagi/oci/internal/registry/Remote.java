// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.http.Origin;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * The actual location of a repository, after mirrors are applied.
 *
 * @param registry the registry by which credentials are looked up
 * @param repository the name of the repository in that registry
 * @param isPlain whether it is contacted over plain HTTP
 */
public record Remote(String registry, String repository, boolean isPlain) {

    private static final String HUB_API = "registry-1.docker.io";

    /**
     * The configured mirrors and insecure registries.
     *
     * @param mirrors the mirrors by registry, each {@code host[:port][/prefix]}
     * @param insecure the names of the insecure registries
     */
    public record Settings(Map<String, String> mirrors, Set<String> insecure) {

        /** Copies the collections. */
        public Settings {
            mirrors = Map.copyOf(mirrors);
            insecure = Set.copyOf(insecure);
        }

        /** Whether plain HTTP is allowed for an origin. */
        public boolean isInsecure(Origin origin) {
            return insecure.stream().anyMatch(origin::isOf);
        }
    }

    /** Returns the location of a reference's repository. */
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

    /** Returns the URI of a path in the repository. */
    URI uri(String path) {
        String host = registry.equals(OciReference.DOCKER_HUB) ? HUB_API : registry;
        return URI.create((isPlain ? "http://" : "https://") + host + "/v2/" + repository + path);
    }

    Origin origin() {
        return Origin.of(uri("/"));
    }
}
