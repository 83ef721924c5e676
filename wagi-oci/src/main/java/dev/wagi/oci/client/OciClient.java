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
 * Pulls modules from registries and pushes them there. Thread-safe; keeps connections and tokens, so make one for all.
 *
 * <p>A registry is spoken to over HTTPS, first as nobody; credentials are sent to it, or to the token server that it names,
 * when it asks for them, and never to a host that it redirects to. Everything that arrives is checked against its digest.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution spec</a>
 */
public final class OciClient {

    /** How long a pull or a push may take by default: less than {@code Wagi} waits for a module. */
    public static final Duration DEFAULT_PATIENCE = Duration.ofMinutes(4);

    /** How large a module may be by default. */
    public static final int DEFAULT_MAX_MODULE_BYTES = 256 << 20;

    /** How long the store keeps by default what nobody asks for. */
    public static final Duration DEFAULT_KEEP_UNUSED = Duration.ofDays(30);

    /** How much the store keeps by default. */
    public static final long DEFAULT_MAX_STORE_BYTES = 4L << 30;

    /** Knows no credentials. */
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
     * Starts a configuration.
     *
     * @return settings with their defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Pulls a module with the client's policy.
     *
     * @param reference what to pull
     * @return the module, checked against its digest
     * @throws OciException if it cannot be had; each subclass means a different next step
     */
    public OciModule pull(OciReference reference) {
        return pull(reference, policy(reference));
    }

    /** What holds where nothing else is said. */
    PullPolicy policy(OciReference reference) {
        return policy == null ? reference.defaultPullPolicy() : policy;
    }

    /**
     * Pulls a module. May take as long as the client's patience.
     *
     * @param reference what to pull
     * @param when when the registry is asked
     * @return the module, checked against its digest
     * @throws OciException if it cannot be had; each subclass means a different next step
     */
    public OciModule pull(OciReference reference, PullPolicy when) {
        return pull(reference, when, NO_CREDENTIALS);
    }

    /** The same with credentials of its own, which are tried before the client's. */
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
     * Asks the registry what a reference leads to, without pulling it.
     *
     * @param reference what to ask for
     * @return the digest of the manifest or index
     * @throws OciException if the registry does not know it, or cannot be asked
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
     * Pushes a module in one piece; see {@link #push(byte[], OciReference, ModuleLayout, int)}.
     *
     * @param module a core module in binary form
     * @param reference by tag, which afterwards means this module
     * @param layout the form of the manifest and its layer
     * @return the digest of the manifest
     */
    public Digest push(byte[] module, OciReference reference, ModuleLayout layout) {
        return push(module, reference, layout, 0);
    }

    /**
     * Pushes a module. What the registry has already is not sent again.
     *
     * @param module a core module in binary form
     * @param reference by tag, which afterwards means this module
     * @param layout the form of the manifest and its layer
     * @param chunkBytes in parts of that many bytes, for registries or proxies that limit requests; 0 for one piece
     * @return the digest of the manifest
     * @throws IllegalArgumentException if the reference has a digest, or {@code chunkBytes} is negative
     * @throws OciException if it cannot be done; each subclass means a different next step
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
     * Puts the images of an OCI image layout into the store, where they can be pulled without a registry: for machines
     * without a network. They are never removed to save space.
     *
     * @param layout a directory, or a tar of one, compressed or not, as {@code oras copy --to-oci-layout} or {@code skopeo
     *     copy ... oci-archive:} write it
     * @param repository what the images' names in the layout belong to if they are only tags
     * @return the references that can be pulled now
     * @throws IllegalStateException if the client has no store
     * @throws OciException.StoreFailed if the layout cannot be used
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

    /** Collects settings. Not thread-safe. */
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
         * Where credentials come from, asked after those of earlier calls; by default nowhere.
         *
         * @param source answers for each registry
         * @return this builder
         */
        public Builder addCredentials(CredentialSource source) {
            sources.add(Objects.requireNonNull(source, "source"));
            return this;
        }

        /**
         * Credentials for one registry, asked after those of earlier calls.
         *
         * @param registry {@code host} or {@code host:port}
         * @param credentials the credentials for it
         * @return this builder
         * @throws IllegalArgumentException if that is malformed
         */
        public Builder addCredentials(String registry, Credentials credentials) {
            String name = OciReference.registry(registry);
            List<Credentials> all = List.of(credentials);
            return addCredentials((asked, repository) -> asked.equals(name) ? all : List.of());
        }

        /**
         * The credentials in the files of podman and Docker, asked after those of earlier calls:
         * {@code $REGISTRY_AUTH_FILE}, else {@code $XDG_RUNTIME_DIR/containers/auth.json}; then
         * {@code $DOCKER_CONFIG/config.json}, else {@code ~/.docker/config.json}. A helper program that such a file names is
         * run from the PATH, for 30 seconds at most.
         *
         * @return this builder
         */
        public Builder addDockerCredentials() {
            return addCredentials(DockerFiles.standard(System.getenv(), DockerFiles.home(System.getenv())));
        }

        /**
         * The credentials in one file in the form of Docker or podman, asked after those of earlier calls. The file must
         * exist when credentials are asked for.
         *
         * @param file the path of the file
         * @return this builder
         */
        public Builder addDockerCredentials(Path file) {
            return addCredentials(DockerFiles.of(file));
        }

        /**
         * Pull secrets of Kubernetes, matched as the kubelet does and asked after those of earlier calls; all that match are
         * tried.
         *
         * @param texts the values of {@code .dockerconfigjson} or {@code .dockercfg}, decoded
         * @return this builder
         * @throws OciException.BadCredentials if one is not JSON
         */
        public Builder addPullSecrets(Collection<String> texts) {
            return addCredentials(PullSecrets.of(List.copyOf(texts)));
        }

        /**
         * Speaks to another registry instead, for references that go on naming the first. It is asked with its own
         * credentials, and nothing is asked of the first if it fails.
         *
         * @param registry {@code host} or {@code host:port}
         * @param mirror {@code host[:port]}, perhaps with a path that goes before the repository:
         *     {@code cache.example:5000/azure}
         * @return this builder
         * @throws IllegalArgumentException if one of them is malformed
         */
        public Builder addMirror(String registry, String mirror) {
            int slash = mirror.indexOf('/');
            String host = OciReference.registry(slash < 0 ? mirror : mirror.substring(0, slash));
            String prefix = slash < 0 ? "" : mirror.substring(slash);
            if (!prefix.isEmpty()) {
                // Checks it as what it becomes.
                OciReference.parse("mirror.invalid" + prefix + "/x");
            }
            mirrors.put(OciReference.registry(registry), host + prefix);
            return this;
        }

        /**
         * Allows plain HTTP for a registry, or for the token server of one: whoever is on the way can read its credentials
         * and change what has no digest. For a registry with a certificate of its own use {@link #certificateAuthority}.
         *
         * @param registry {@code host} or {@code host:port}
         * @return this builder
         * @throws IllegalArgumentException if it is malformed
         */
        public Builder addInsecureRegistry(String registry) {
            String name = OciReference.registry(registry);
            insecure.add(name);
            if (name.endsWith(":443") && registry.indexOf(':') < 0) {
                // A host of one label; without a port it is also the one that plain HTTP has.
                insecure.add(name.replaceFirst(":443$", ":80"));
            }
            return this;
        }

        /**
         * Asks through the proxies that these variables name: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code NO_PROXY}, or the
         * same in lower case, which wins. By default, and where none is named, the {@linkplain java.net.ProxySelector default
         * proxy selector} of the JVM decides. A proxy is spoken to over plain HTTP; registries of https are reached through
         * it with CONNECT, so it sees their names only. Java sends a user and a password to a proxy for https only if the
         * system property {@code jdk.http.auth.tunneling.disabledSchemes} was set to the empty text before its first request.
         *
         * @param environment usually {@link System#getenv()}; what is wrong with it is told by the request that needs it
         * @return this builder
         */
        public Builder proxies(Map<String, String> environment) {
            this.proxies = Map.copyOf(environment);
            return this;
        }

        /**
         * Trusts the certificates in a PEM file, in addition to those that the JVM trusts.
         *
         * @param pem is read by {@link #build}
         * @return this builder
         */
        public Builder certificateAuthority(Path pem) {
            this.authority = Objects.requireNonNull(pem, "pem");
            return this;
        }

        /**
         * When the registry is asked; by default {@link OciReference#defaultPullPolicy}.
         *
         * @param when the policy
         * @return this builder
         */
        public Builder pullPolicy(PullPolicy when) {
            this.policy = Objects.requireNonNull(when, "when");
            return this;
        }

        /**
         * Who is told how transfers go; nobody by default.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(TransferListener observer) {
            this.listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * How long a pull or a push may take, all tries included; {@link #DEFAULT_PATIENCE} by default.
         *
         * @param time the time, above 0
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
         * How large a module may be; {@link #DEFAULT_MAX_MODULE_BYTES} by default.
         *
         * @param bytes the number of bytes
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
         * Keeps what is pulled in this directory, an OCI image layout; by default nothing is kept. It is made with the
         * rights of its owner only, and may be shared by processes of one user.
         *
         * <p>What one user's credentials fetched is given to others only if the registry gives it to them, too; for that a
         * salted hash of the credentials is kept with it. After a pull, at most once a day for each store and in a thread of
         * its own, what is not needed is removed: see {@link #keepUnused} and {@link #maxStoreBytes}.
         *
         * @param directory the directory of the store
         * @return this builder
         */
        public Builder store(Path directory) {
            this.store = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * How long the store keeps what nobody asks for; {@link #DEFAULT_KEEP_UNUSED} by default. What was seeded is kept for
         * ever.
         *
         * @param time an hour at least: before that nothing is removed
         * @return this builder
         * @throws IllegalArgumentException if it is less
         */
        public Builder keepUnused(Duration time) {
            if (time.compareTo(Duration.ofHours(1)) < 0) {
                throw new IllegalArgumentException("time is less than an hour");
            }
            this.keepUnused = time;
            return this;
        }

        /**
         * How much the store keeps; {@link #DEFAULT_MAX_STORE_BYTES} by default. If there is more, what was not asked for
         * longest is removed, except what was seeded or used within the hour. As that is looked at once a day, there may be
         * more for a day.
         *
         * @param bytes the number of bytes
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

        /** A thread that keeps no JVM alive, for what is done once a day. */
        private static void inBackground(Runnable work) {
            Thread thread = new Thread(work, "wagi-oci-collect");
            thread.setDaemon(true);
            thread.start();
        }

        /** For tests, which want to know when it is done. */
        Builder background(Executor executor) {
            this.background = executor;
            return this;
        }

        Builder withoutStore() {
            this.store = null;
            return this;
        }

        /**
         * Asks for signatures as {@code cosign sign --key} makes them. Of several calls the one with the longest prefix that
         * fits counts, alone. Signatures are looked for where the image is: what was found good is kept in the store with the
         * image and checked there, each time, so an image that is kept needs no registry.
         *
         * @param prefix a registry, or a registry and the first parts of a repository; empty for all
         * @param mode what a missing signature means
         * @param publicKeys PEM files, any key of which will do; needed unless the mode is {@link SignatureMode#OFF}
         * @return this builder
         * @throws IllegalArgumentException if a key cannot be used, or there is none
         */
        public Builder addSignatures(String prefix, SignatureMode mode, Path... publicKeys) {
            return addSignatures(prefix, mode, List.of(publicKeys));
        }

        /**
         * {@link #addSignatures(String, SignatureMode, Path...)} with a collection.
         *
         * @param prefix as in {@link #addSignatures(String, SignatureMode, Path...)}
         * @param mode as in {@link #addSignatures(String, SignatureMode, Path...)}
         * @param publicKeys files with a public key each
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

        /** For tests, which have neither time nor luck. */
        Builder timing(Timing source, Duration stalled) {
            this.timing = source;
            this.idle = stalled;
            this.background = Runnable::run;
            return this;
        }

        /**
         * Makes the client. Nothing is asked of a registry yet.
         *
         * @return the client
         * @throws OciException.Insecure if the file with certificates cannot be used
         * @throws OciException.StoreFailed if the store cannot be used
         * @throws IllegalArgumentException if the same signatures were asked for twice
         */
        public OciClient build() {
            return new OciClient(this);
        }
    }
}
