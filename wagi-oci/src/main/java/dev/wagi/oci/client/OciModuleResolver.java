// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.credentials.DockerFiles;
import dev.wagi.oci.internal.credentials.PullSecrets;
import dev.wagi.oci.internal.text.Foreign;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the {@code oci:} references of a configuration: {@code oci:example.org/hello:v1},
 * {@code oci://example.org/hello:v1}, {@code oci:example.org/hello@sha256:...}. Thread-safe.
 */
public final class OciModuleResolver implements ModuleResolver {

    private static final Logger LOG = LoggerFactory.getLogger(OciModuleResolver.class);

    private final Supplier<OciClient> source;
    private @Nullable OciClient client; // guarded by this

    private OciModuleResolver(Supplier<OciClient> source) {
        this.source = source;
    }

    /**
     * Creates a resolver that uses a client.
     *
     * @param client pulls the modules
     * @return a resolver for the scheme {@code oci}
     */
    public static OciModuleResolver of(OciClient client) {
        return new OciModuleResolver(() -> client);
    }

    /**
     * Creates a resolver with the standard settings: credentials from the files of Podman and Docker, the proxies in
     * the environment, HTTPS for all registries, and a store in {@code $XDG_CACHE_HOME/wagi/oci}, otherwise
     * {@code ~/.cache/wagi/oci}. If the store cannot be used, a warning is logged and nothing is stored. Nothing is
     * created or read before the first module is resolved.
     *
     * @return a resolver for the scheme {@code oci}
     */
    public static OciModuleResolver standard() {
        return new OciModuleResolver(() -> standard(System.getenv(), DockerFiles.home(System.getenv())));
    }

    static OciClient standard(Map<String, String> environment, Path home) {
        OciClient.Builder builder = OciClient.builder().addDockerCredentials().proxies(environment);
        String named = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG specification ignores relative paths. The home of a user unknown to Java is relative as well.
        Path cache = Path.of(named).isAbsolute() ? Path.of(named) : home.resolve(".cache");
        if (!cache.isAbsolute()) {
            return builder.build();
        }
        try {
            return builder.store(cache.resolve("wagi").resolve("oci")).build();
        } catch (OciException.StoreFailed e) {
            LOG.warn("pulled modules are not stored: {}", e.getMessage());
            return builder.withoutStore().build();
        }
    }

    @Override
    public String scheme() {
        return "oci";
    }

    /**
     * Pulls a module.
     *
     * @throws ModuleLoadException if the reference is malformed; its subclass {@link dev.wagi.oci.OciException} if the
     *     module cannot be pulled
     */
    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        return resolve(reference, PullOptions.none());
    }

    /**
     * Pulls a module. A policy in the options overrides the client's, and credentials in the options are tried before
     * the client's.
     *
     * @throws ModuleLoadException as {@link #resolve(ModuleReference)}
     */
    @Override
    public ResolvedModule resolve(ModuleReference reference, PullOptions options) {
        OciReference parsed;
        try {
            parsed = OciReference.parse(reference.location());
        } catch (IllegalArgumentException e) {
            throw new ModuleLoadException(Foreign.quoted(reference.toString()) + " " + e.getMessage(), e);
        }
        PullPolicy when = options.policy().orElseGet(() -> client().policy(parsed));
        CredentialSource first =
                options.pullSecrets().isEmpty() ? OciClient.NO_CREDENTIALS : PullSecrets.of(options.pullSecrets());
        OciModule module = client().pull(parsed, when, first);
        return ResolvedModule.of(
                module.bytes(), parsed.withDigest(module.manifest()).toString());
    }

    private synchronized OciClient client() {
        if (client == null) {
            client = source.get();
        }
        return client;
    }
}
