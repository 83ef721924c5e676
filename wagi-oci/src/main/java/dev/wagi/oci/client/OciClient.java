// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.SignatureMode;
import dev.wagi.oci.TransferListener;
import dev.wagi.oci.internal.auth.Authenticator;
import dev.wagi.oci.internal.auth.TokenCache;
import dev.wagi.oci.internal.credentials.DockerFiles;
import dev.wagi.oci.internal.credentials.PullSecrets;
import dev.wagi.oci.internal.http.Authorities;
import dev.wagi.oci.internal.http.BoundedFile;
import dev.wagi.oci.internal.http.Deadline;
import dev.wagi.oci.internal.http.Proxies;
import dev.wagi.oci.internal.http.Timing;
import dev.wagi.oci.internal.http.Transport;
import dev.wagi.oci.internal.pull.ImageStore;
import dev.wagi.oci.internal.pull.ModulePull;
import dev.wagi.oci.internal.pull.ModulePush;
import dev.wagi.oci.internal.pull.SignatureGate;
import dev.wagi.oci.internal.pull.StoredImages;
import dev.wagi.oci.internal.registry.Remote;
import dev.wagi.oci.internal.registry.Repository;
import dev.wagi.oci.internal.signature.SignaturePolicy;
import dev.wagi.oci.internal.signature.TrustedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Pulls modules from registries and pushes them to registries. Thread-safe; it keeps connections and tokens, so share
 * one instance.
 *
 * <p>Registries are contacted over HTTPS, first without credentials. Credentials are sent only when the registry asks
 * for them, to the registry or to the token server that it names, and never to a host that it redirects to. All content
 * received is verified against its digest.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution spec</a>
 */
public final class OciClient {

    /** The default time limit of a pull or a push; it is shorter than the time {@code Wagi} waits for a module. */
    public static final Duration DEFAULT_PATIENCE = Duration.ofMinutes(4);

    /** The default maximum size of a module in bytes. */
    public static final int DEFAULT_MAX_MODULE_BYTES = 256 << 20;

    /** The default time for which the store keeps unused content. */
    public static final Duration DEFAULT_KEEP_UNUSED = Duration.ofDays(30);

    /** The default maximum size of the store in bytes. */
    public static final long DEFAULT_MAX_STORE_BYTES = 4L << 30;

    /** A source without credentials. */
    static final CredentialSource NO_CREDENTIALS = (registry, repository) -> List.of();

    private final Timing timing;
    private final Authenticator authenticator;
    private final Remote.Settings remotes;
    private final List<CredentialSource> sources;
    private final @Nullable StoredImages images;
    private final SignatureGate gate;
    private final @Nullable PullPolicy policy;
    private final TransferListener listener;
    private final Duration patience;
    private final int maxModuleBytes;

    private OciClient(Builder settings) {
        this.timing = settings.timing;
        this.remotes = new Remote.Settings(settings.mirrors, settings.insecure);
        Transport transport = new Transport(
                settings.authority == null ? Authorities.system() : Authorities.with(settings.authority),
                Proxies.of(settings.proxies),
                settings.connect,
                settings.response,
                settings.idle);
        this.authenticator = new Authenticator(transport, new TokenCache(timing), remotes::isInsecure);
        this.sources = List.copyOf(settings.sources);
        this.images = settings.store == null
                ? null
                : new StoredImages(
                        settings.store,
                        new StoredImages.Settings(
                                settings.keepUnused, settings.maxStoreBytes, timing.clock(), settings.background));
        this.gate = new SignatureGate(
                new SignaturePolicy(settings.signatures), images == null ? ImageStore.none() : images);
        this.policy = settings.policy;
        this.listener = settings.listener;
        this.patience = settings.patience;
        this.maxModuleBytes = settings.maxModuleBytes;
    }

    /**
     * Returns a builder with the default settings.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Pulls a module according to the client's pull policy.
     *
     * @param reference the image to pull
     * @return the module, verified against its digest
     * @throws OciException if the module cannot be pulled; each subclass calls for a different remedy
     */
    public OciModule pull(OciReference reference) {
        return pull(reference, policy(reference));
    }

    /** Returns the client's policy, or the default policy of the reference if the client has none. */
    PullPolicy policy(OciReference reference) {
        return policy == null ? reference.defaultPullPolicy() : policy;
    }

    /**
     * Pulls a module. This may take as long as the client's {@linkplain Builder#patience patience}.
     *
     * @param reference the image to pull
     * @param when when to contact the registry
     * @return the module, verified against its digest
     * @throws OciException if the module cannot be pulled; each subclass calls for a different remedy
     */
    public OciModule pull(OciReference reference, PullPolicy when) {
        return pull(reference, when, NO_CREDENTIALS);
    }

    /** Pulls a module with additional credentials, which are tried before the client's. */
    OciModule pull(OciReference reference, PullPolicy when, CredentialSource first) {
        try {
            ModulePull.Result result = new ModulePull(
                            reference,
                            when,
                            repository(reference, false, first),
                            images == null ? ImageStore.none() : images,
                            gate,
                            maxModuleBytes)
                    .run();
            return new OciModule(
                    reference, result.manifest(), Digest.sha256(result.module()), result.mediaType(), result.module());
        } catch (OciException e) {
            throw e.during("cannot pull " + reference + ": ");
        }
    }

    /**
     * Asks the registry for the digest of a reference, without pulling the image.
     *
     * @param reference the image to resolve
     * @return the digest of the manifest or index that the reference points to
     * @throws OciException if the registry does not have the image or cannot be reached
     */
    public Digest resolve(OciReference reference) {
        if (reference.digest().isPresent()) {
            return reference.digest().get();
        }
        try {
            Repository repository = repository(reference, false);
            String tag = reference.target();
            return repository
                    .digest(tag)
                    .orElseGet(() -> repository.manifest(tag).digest());
        } catch (OciException e) {
            throw e.during("cannot resolve " + reference + ": ");
        }
    }

    /**
     * Pushes a module in a single request; see {@link #push(byte[], OciReference, ModuleLayout, int)}.
     *
     * @param module a core module in binary form
     * @param reference the reference to push to, by tag; afterwards the tag points to this module
     * @param layout the format of the manifest and its layer
     * @return the digest of the manifest
     */
    public Digest push(byte[] module, OciReference reference, ModuleLayout layout) {
        return push(module, reference, layout, 0);
    }

    /**
     * Pushes a module. Content that the registry already has is not sent again.
     *
     * @param module a core module in binary form
     * @param reference the reference to push to, by tag; afterwards the tag points to this module
     * @param layout the format of the manifest and its layer
     * @param chunkBytes the size of the chunks in bytes, for registries or proxies that limit request sizes; 0 for a
     *     single request
     * @return the digest of the manifest
     * @throws IllegalArgumentException if the reference has a digest, or {@code chunkBytes} is negative
     * @throws OciException if the module cannot be pushed; each subclass calls for a different remedy
     */
    public Digest push(byte[] module, OciReference reference, ModuleLayout layout, int chunkBytes) {
        if (reference.digest().isPresent()) {
            throw new IllegalArgumentException("reference has a digest; push under a tag");
        }
        if (chunkBytes < 0) {
            throw new IllegalArgumentException("chunkBytes is negative");
        }
        try {
            return new ModulePush(module, layout).run(repository(reference, true), reference.target(), chunkBytes);
        } catch (OciException e) {
            throw e.during("cannot push " + reference + ": ");
        }
    }

    /**
     * Imports the images of an OCI image layout into the store, so that machines without a network can pull them
     * without a registry. Imported images are never removed to save space.
     *
     * @param layout a directory, or a tar archive of one, optionally compressed, as {@code oras copy --to-oci-layout}
     *     or {@code skopeo copy ... oci-archive:} write it
     * @param repository the repository for images whose names in the layout are only tags
     * @return the references that can now be pulled
     * @throws IllegalStateException if the client has no store
     * @throws OciException.StoreFailed if the layout cannot be read or stored
     */
    public List<OciReference> seed(Path layout, OciReference repository) {
        if (images == null) {
            throw new IllegalStateException("the client has no store; call store(...) on its builder");
        }
        return images.seed(layout, repository);
    }

    private Repository repository(OciReference reference, boolean isPush) {
        return repository(reference, isPush, NO_CREDENTIALS);
    }

    private Repository repository(OciReference reference, boolean isPush, CredentialSource first) {
        Remote remote = Remote.of(reference, remotes);
        return new Repository(
                reference,
                remote,
                isPush,
                authenticator,
                () -> credentials(remote, first),
                timing,
                Deadline.in(patience, timing),
                listener);
    }

    private List<Credentials> credentials(Remote remote, CredentialSource first) {
        List<Credentials> all = new ArrayList<>(first.credentials(remote.registry(), remote.repository()));
        for (CredentialSource source : sources) {
            all.addAll(source.credentials(remote.registry(), remote.repository()));
        }
        return all;
    }

    /** Builds an {@link OciClient}. Not thread-safe. */
    public static final class Builder {
        private final List<CredentialSource> sources = new ArrayList<>();
        private final Map<String, String> mirrors = new HashMap<>();
        private final Set<String> insecure = new HashSet<>();
        private Map<String, String> proxies = Map.of();
        private @Nullable Path authority;
        private @Nullable PullPolicy policy;
        private TransferListener listener = new TransferListener() {};
        private Duration patience = DEFAULT_PATIENCE;
        private int maxModuleBytes = DEFAULT_MAX_MODULE_BYTES;
        private final List<SignaturePolicy.Rule> signatures = new ArrayList<>();
        private @Nullable Path store;
        private Duration keepUnused = DEFAULT_KEEP_UNUSED;
        private long maxStoreBytes = DEFAULT_MAX_STORE_BYTES;
        private Executor background = Builder::inBackground;
        private Timing timing = Timing.system();
        private Duration connect = Duration.ofSeconds(10);
        private Duration response = Duration.ofSeconds(30);
        private Duration idle = Duration.ofSeconds(30);

        private Builder() {}

        /**
         * Adds a source of credentials, which is tried after those added earlier. By default there is none.
         *
         * @param source supplies the credentials for each registry
         * @return this builder
         */
        public Builder addCredentials(CredentialSource source) {
            sources.add(Objects.requireNonNull(source, "source"));
            return this;
        }

        /**
         * Adds credentials for one registry, which are tried after those added earlier.
         *
         * @param registry {@code host} or {@code host:port}
         * @param credentials the credentials for the registry
         * @return this builder
         * @throws IllegalArgumentException if the registry is malformed
         */
        public Builder addCredentials(String registry, Credentials credentials) {
            String name = OciReference.registry(registry);
            List<Credentials> all = List.of(credentials);
            return addCredentials((asked, repository) -> asked.equals(name) ? all : List.of());
        }

        /**
         * Adds the credentials in the files of Podman and Docker, which are tried after those added earlier:
         * {@code $REGISTRY_AUTH_FILE}, otherwise {@code $XDG_RUNTIME_DIR/containers/auth.json}; then
         * {@code $DOCKER_CONFIG/config.json}, otherwise {@code ~/.docker/config.json}. A credential helper that such a
         * file names is run from the PATH, for at most 30 seconds.
         *
         * @return this builder
         */
        public Builder addDockerCredentials() {
            return addCredentials(DockerFiles.standard(System.getenv(), DockerFiles.home(System.getenv())));
        }

        /**
         * Adds the credentials in a file in the format of Docker or Podman, which are tried after those added earlier.
         * The file must exist when the credentials are needed.
         *
         * @param file the path of the file
         * @return this builder
         */
        public Builder addDockerCredentials(Path file) {
            return addCredentials(DockerFiles.of(file));
        }

        /**
         * Adds Kubernetes pull secrets, which are matched as the kubelet does and tried after those added earlier. All
         * secrets that match are tried.
         *
         * @param texts the values of {@code .dockerconfigjson} or {@code .dockercfg}, decoded
         * @return this builder
         * @throws OciException.BadCredentials if one of them is not JSON
         */
        public Builder addPullSecrets(Collection<String> texts) {
            return addCredentials(PullSecrets.of(List.copyOf(texts)));
        }

        /**
         * Redirects requests for a registry to a mirror; references keep the name of the original registry. The mirror
         * has its own credentials. If it fails, the original registry is not contacted.
         *
         * @param registry {@code host} or {@code host:port}
         * @param mirror {@code host[:port]}, optionally with a path that is prepended to the repository:
         *     {@code cache.example:5000/azure}
         * @return this builder
         * @throws IllegalArgumentException if one of them is malformed
         */
        public Builder addMirror(String registry, String mirror) {
            int slash = mirror.indexOf('/');
            String host = OciReference.registry(slash < 0 ? mirror : mirror.substring(0, slash));
            String prefix = slash < 0 ? "" : mirror.substring(slash);
            if (!prefix.isEmpty()) {
                // The prefix is validated as part of a repository name.
                OciReference.parse("mirror.invalid" + prefix + "/x");
            }
            mirrors.put(OciReference.registry(registry), host + prefix);
            return this;
        }

        /**
         * Allows plain HTTP for a registry, or for its token server. Anyone on the network path can then read the
         * credentials and change content that is not requested by digest. For a registry with a private CA, use
         * {@link #certificateAuthority} instead.
         *
         * @param registry {@code host} or {@code host:port}
         * @return this builder
         * @throws IllegalArgumentException if the registry is malformed
         */
        public Builder addInsecureRegistry(String registry) {
            String name = OciReference.registry(registry);
            insecure.add(name);
            if (name.endsWith(":443") && registry.indexOf(':') < 0) {
                // For a single-label host, an omitted port also means the port of plain HTTP.
                insecure.add(name.replaceFirst(":443$", ":80"));
            }
            return this;
        }

        /**
         * Sets the proxies from environment variables: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code NO_PROXY}, or
         * their lower-case forms, which take precedence. By default, and if the variables name no proxy, the
         * {@linkplain java.net.ProxySelector default proxy selector} of the JVM is used. Proxies are contacted over
         * plain HTTP; HTTPS registries are tunnelled with CONNECT, so the proxy sees only their names. Java sends a
         * user and a password to a proxy for HTTPS only if the system property
         * {@code jdk.http.auth.tunneling.disabledSchemes} was set to the empty string before the first request.
         *
         * @param environment usually {@link System#getenv()}; errors in it are reported by the first request that needs
         *     it
         * @return this builder
         */
        public Builder proxies(Map<String, String> environment) {
            this.proxies = Map.copyOf(environment);
            return this;
        }

        /**
         * Trusts the CA certificates in a PEM file, in addition to those that the JVM trusts.
         *
         * @param pem the path of the file, which {@link #build} reads
         * @return this builder
         */
        public Builder certificateAuthority(Path pem) {
            this.authority = Objects.requireNonNull(pem, "pem");
            return this;
        }

        /**
         * Sets when the registry is contacted; by default {@link OciReference#defaultPullPolicy}.
         *
         * @param when the policy
         * @return this builder
         */
        public Builder pullPolicy(PullPolicy when) {
            this.policy = Objects.requireNonNull(when, "when");
            return this;
        }

        /**
         * Sets the listener for transfers; by default there is none.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(TransferListener observer) {
            this.listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Sets the time limit of a pull or a push, including all retries; {@link #DEFAULT_PATIENCE} by default.
         *
         * @param time the limit, greater than 0
         * @return this builder
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder patience(Duration time) {
            if (time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException("time is not positive");
            }
            this.patience = time;
            return this;
        }

        /**
         * Sets the maximum size of a module; {@link #DEFAULT_MAX_MODULE_BYTES} by default.
         *
         * @param bytes the size in bytes, greater than 0
         * @return this builder
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder maxModuleBytes(int bytes) {
            if (bytes <= 0) {
                throw new IllegalArgumentException("bytes is not positive");
            }
            this.maxModuleBytes = bytes;
            return this;
        }

        /**
         * Stores pulled images in this directory, as an OCI image layout; by default nothing is stored. The directory
         * is created with permissions for its owner only, and several processes of the same user may share it.
         *
         * <p>Content that was fetched with one user's credentials is given to others only if the registry gives it to
         * them too; to check this, the store keeps a salted hash of the credentials. After a pull, at most once a day
         * per store and on a separate thread, content that is no longer needed is removed: see {@link #keepUnused} and
         * {@link #maxStoreBytes}.
         *
         * @param directory the directory of the store
         * @return this builder
         */
        public Builder store(Path directory) {
            this.store = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Sets how long the store keeps unused content; {@link #DEFAULT_KEEP_UNUSED} by default. Seeded images are kept
         * permanently.
         *
         * @param time at least one hour; nothing is removed before that
         * @return this builder
         * @throws IllegalArgumentException if the time is less than an hour
         */
        public Builder keepUnused(Duration time) {
            if (time.compareTo(Duration.ofHours(1)) < 0) {
                throw new IllegalArgumentException("time is less than an hour");
            }
            this.keepUnused = time;
            return this;
        }

        /**
         * Sets the maximum size of the store; {@link #DEFAULT_MAX_STORE_BYTES} by default. If the store is larger, the
         * least recently used content is removed, except what was seeded or used within the last hour. The size is
         * checked once a day, so it may be exceeded until then.
         *
         * @param bytes the size in bytes
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder maxStoreBytes(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("bytes is negative");
            }
            this.maxStoreBytes = bytes;
            return this;
        }

        /** Runs the daily collection on a daemon thread. */
        private static void inBackground(Runnable work) {
            Thread thread = new Thread(work, "wagi-oci-collect");
            thread.setDaemon(true);
            thread.start();
        }

        /** Sets where the collection runs, so that tests can wait for it. */
        Builder background(Executor executor) {
            this.background = executor;
            return this;
        }

        Builder withoutStore() {
            this.store = null;
            return this;
        }

        /**
         * Checks signatures as {@code cosign sign --key} creates them. If several prefixes match an image, only the
         * longest one applies. Signatures are read from where the image is: valid signatures are stored with the image
         * and verified there on each use, so a stored image needs no registry.
         *
         * @param prefix a registry, or a registry and the first parts of a repository; empty for all images
         * @param mode what happens if an image has no valid signature
         * @param publicKeys PEM files, of which any key may have signed; required unless the mode is
         *     {@link SignatureMode#OFF}
         * @return this builder
         * @throws IllegalArgumentException if a key cannot be used, or there is no key
         */
        public Builder addSignatures(String prefix, SignatureMode mode, Path... publicKeys) {
            return addSignatures(prefix, mode, List.of(publicKeys));
        }

        /**
         * {@link #addSignatures(String, SignatureMode, Path...)} with a collection.
         *
         * @param prefix as in {@link #addSignatures(String, SignatureMode, Path...)}
         * @param mode as in {@link #addSignatures(String, SignatureMode, Path...)}
         * @param publicKeys as in {@link #addSignatures(String, SignatureMode, Path...)}
         * @return this builder
         */
        public Builder addSignatures(String prefix, SignatureMode mode, Collection<Path> publicKeys) {
            List<TrustedKey> keys = new ArrayList<>();
            for (Path file : publicKeys) {
                keys.addAll(keys(file));
            }
            signatures.add(new SignaturePolicy.Rule(prefix, SignaturePolicy.Mode.valueOf(mode.name()), keys));
            return this;
        }

        private static List<TrustedKey> keys(Path file) {
            try {
                return TrustedKey.parse(
                        String.valueOf(file.getFileName()),
                        new String(BoundedFile.read(file), StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw new IllegalArgumentException("the key " + file + " cannot be read: " + e, e);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the file " + file + " " + e.getMessage(), e);
            }
        }

        /** Replaces clock, pauses and random numbers in tests. */
        Builder timing(Timing source, Duration stalled) {
            this.timing = source;
            this.idle = stalled;
            this.background = Runnable::run;
            return this;
        }

        /**
         * Creates the client. No registry is contacted yet.
         *
         * @return the client
         * @throws OciException.Insecure if the file with CA certificates cannot be used
         * @throws OciException.StoreFailed if the store cannot be used
         * @throws IllegalArgumentException if two signature rules have the same prefix
         */
        public OciClient build() {
            return new OciClient(this);
        }
    }
}
