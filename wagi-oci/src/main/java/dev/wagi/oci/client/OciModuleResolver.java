// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.text.Foreign;

/**
 * Serves {@code oci:} references of a configuration: {@code oci:example.org/hello:v1}, {@code oci://example.org/hello:v1},
 * {@code oci:example.org/hello@sha256:...}. Thread-safe.
 */
public final class OciModuleResolver implements ModuleResolver {

    private final OciClient client;

    private OciModuleResolver(OciClient client) {
        this.client = client;
    }

    /** With a client's settings. */
    public static OciModuleResolver of(OciClient client) {
        return new OciModuleResolver(client);
    }

    /** With the standard settings: credentials of podman's and Docker's files, HTTPS for all registries. */
    public static OciModuleResolver standard() {
        return of(
                OciClient.builder().credentials(CredentialSources.dockerFiles()).build());
    }

    @Override
    public String scheme() {
        return "oci";
    }

    /**
     * Pulls a module.
     *
     * @throws ModuleLoadException if the reference is malformed; and the subclass {@link dev.wagi.oci.OciException} if the
     *     module cannot be had
     */
    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        OciReference parsed;
        try {
            parsed = OciReference.parse(reference.location());
        } catch (IllegalArgumentException e) {
            throw new ModuleLoadException(Foreign.quoted(reference.toString()) + " " + e.getMessage(), e);
        }
        OciModule module = client.pull(parsed);
        return new ResolvedModule(
                module.bytes(), parsed.withDigest(module.manifest()).toString());
    }
}
