// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import dev.wagi.cli.option.Constants;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.oci.OciException;
import dev.wagi.oci.SignatureMode;
import dev.wagi.oci.TransferListener;
import dev.wagi.oci.client.OciClient;
import dev.wagi.oci.client.OciModuleResolver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where modules from registries are kept, and which of them are taken. */
final class ModuleCacheOptions {

    @Option(
            names = "--module-cache",
            paramLabel = "DIR",
            description =
                    "Where modules from registries are kept, an OCI image layout; by default wagi/oci of the user's"
                            + " cache directory, for instance ~/.cache.")
    private @Nullable Path directory;

    @Option(
            names = "--offline",
            description = "Ask no registry: take what --module-cache holds, whatever a manifest's policy says.")
    private boolean offline;

    @Option(
            names = "--verify-signatures",
            paramLabel = "[PREFIX=]MODE",
            description = "off, warn or require: what to do without a valid cosign signature; for all images, or for"
                    + " those of a"
                    + " registry or repository. May be given several times, the longest prefix counts.")
    private List<String> signatures = new ArrayList<>();

    @Option(
            names = "--signature-key",
            paramLabel = "FILE",
            description =
                    "A public key that images are signed with, PEM; may be given several times, one match is enough.")
    private List<Path> keys = new ArrayList<>();

    @Mixin
    private RegistryOptions registries = new RegistryOptions();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** Whether no registry is to be asked. */
    boolean isOffline() {
        return offline;
    }

    /** Where modules from registries are kept; empty if they are not. */
    Optional<Path> store() {
        return Optional.ofNullable(directory).or(ModuleCacheOptions::standard);
    }

    /** Whether the directory was named; otherwise modules are not kept if it cannot be used. */
    boolean namesStore() {
        return directory != null;
    }

    private static Optional<Path> standard() {
        return CacheOptions.standard(
                        System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home", ""))
                .map(compiled -> compiled.resolveSibling("oci"));
    }

    /**
     * The client of a command that pulls.
     *
     * @throws ParameterException if an option is malformed
     * @throws OciException if a file or directory that was named cannot be used
     */
    OciClient client(TransferListener listener) {
        Optional<Path> standard = standard();
        if (directory != null || standard.isEmpty()) {
            OciClient.Builder client = settings(listener);
            return directory == null ? client.build() : client.store(directory).build();
        }
        try {
            return settings(listener).store(standard.get()).build();
        } catch (OciException.StoreFailed e) {
            CommandLog.complain("wagi: pulled modules are not kept: " + e.getMessage(), null);
            return settings(listener).build();
        }
    }

    /**
     * Fetches {@code oci:} references; the client is made when the first one is there, most configurations have none.
     */
    ModuleResolver resolver(TransferListener listener) {
        check();
        return new Modules(listener);
    }

    /** What is wrong with an option is said at once, not when the first module is there. */
    private void check() {
        settings(new TransferListener() {});
    }

    private OciClient.Builder settings(TransferListener listener) {
        OciClient.Builder client = registries.client().listener(listener);
        if (!keys.isEmpty() && signatures.isEmpty()) {
            throw Failures.usage(
                    spec,
                    "--signature-key has no use without --verify-signatures; add for instance --verify-signatures"
                            + " require");
        }
        for (String text : signatures) {
            int equals = text.lastIndexOf('=');
            try {
                SignatureMode mode = mode(text.substring(equals + 1));
                client.addSignatures(
                        equals < 0 ? "" : text.substring(0, equals),
                        mode,
                        mode == SignatureMode.OFF ? List.of() : keys);
            } catch (IllegalArgumentException e) {
                throw Failures.usage(spec, "--verify-signatures: " + e.getMessage());
            }
        }
        return client;
    }

    private static SignatureMode mode(String text) {
        return Constants.parse(SignatureMode.class, text, "\"" + text + "\" is neither off nor warn nor require");
    }

    private final class Modules implements ModuleResolver {
        private final TransferListener listener;
        private @Nullable ModuleResolver resolver; // guarded by this

        Modules(TransferListener listener) {
            this.listener = listener;
        }

        @Override
        public String scheme() {
            return "oci";
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference) {
            return resolve(reference, PullOptions.none());
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference, PullOptions options) {
            return resolver().resolve(reference, offline ? options.withPolicy(PullPolicy.NEVER) : options);
        }

        private synchronized ModuleResolver resolver() {
            if (resolver == null) {
                resolver = OciModuleResolver.of(client(listener));
            }
            return resolver;
        }
    }
}
