// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import dev.wagi.node.api.NodeException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The identity of the node. To the API server it authenticates with a kubeconfig, or with a certificate that it obtains
 * with a bootstrap token and renews itself; to callers of the kubelet API with a certificate for its name and address.
 *
 * @see <a href="https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/">Kubernetes, TLS
 *     bootstrapping</a>
 */
public final class Identity {

    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);

    private static final Duration BOOTSTRAP_PATIENCE = Duration.ofMinutes(5);
    private static final Duration SELF_SIGNED = Duration.ofDays(365);

    private final Api api;
    private final Config config;
    private final @Nullable CurrentKey client;
    private final Path directory;
    private final Clock clock;

    private Identity(Api api, Config config, @Nullable CurrentKey client, Path directory, Clock clock) {
        this.api = api;
        this.config = config;
        this.client = client;
        this.directory = directory;
        this.clock = clock;
    }

    /** Returns the identity of a kubeconfig's user. */
    public static Identity of(Path kubeconfig, Path directory, Clock clock) {
        Config config = read(kubeconfig, "--kubeconfig");
        return new Identity(Api.of(config), config, null, directory, clock);
    }

    /**
     * Returns the identity of a node by name, with the certificate of an earlier run, or with one that is requested
     * now.
     *
     * @param bootstrap a kubeconfig with a token that may request node certificates
     * @throws NodeException if no certificate is issued within five minutes
     */
    public static Identity bootstrap(Path bootstrap, String node, Path directory, Clock clock)
            throws InterruptedException {
        Config config = read(bootstrap, "--bootstrap-kubeconfig");
        Path file = directory.resolve("client.pem");
        Optional<KeyAndCertificate> saved = KeyAndCertificate.load(file, clock.instant());
        KeyAndCertificate certificate;
        if (saved.isPresent() && isOf(saved.get(), node)) {
            certificate = saved.get();
        } else {
            certificate = ask(config, node, clock);
            certificate.save(file);
        }
        CurrentKey key = new CurrentKey(certificate);
        // The file is not passed on: after a 401, the client would read the token from it again and continue with the
        // token's
        // user.
        Config own = new ConfigBuilder(Config.empty())
                .withMasterUrl(config.getMasterUrl())
                .withCaCertData(config.getCaCertData())
                .withCaCertFile(config.getCaCertFile())
                .withTlsServerName(config.getTlsServerName())
                .withHttpProxy(config.getHttpProxy())
                .withHttpsProxy(config.getHttpsProxy())
                .withNoProxy(config.getNoProxy())
                .build();
        try {
            TrustManager[] authorities = SSLUtils.trustManagers(config);
            return new Identity(Api.of(own, key, authorities[0]), own, key, directory, clock);
        } catch (GeneralSecurityException | IOException e) {
            throw new NodeException("the certificate authority in " + bootstrap + " cannot be used: " + e, e);
        }
    }

    private static boolean isOf(KeyAndCertificate certificate, String node) {
        return certificate.certificate().getSubjectX500Principal().getName().contains("CN=system:node:" + node + ",");
    }

    private static KeyAndCertificate ask(Config config, String node, Clock clock) throws InterruptedException {
        try (Api api = Api.of(config)) {
            Requests requests = new Requests(api);
            Requests.Pending pending = requests.ask(Requests.CLIENT, node, Optional.empty());
            LOG.info("requested a certificate for {}: {}", node, pending.name());
            Instant end = clock.instant().plus(BOOTSTRAP_PATIENCE);
            while (clock.instant().isBefore(end)) {
                Requests.Answer answer = requests.look(pending);
                if (answer.decision() == Requests.Decision.ISSUED) {
                    return answer.certificate().orElseThrow();
                }
                if (answer.decision() != Requests.Decision.PENDING) {
                    break;
                }
                TimeUnit.MILLISECONDS.sleep(250);
            }
            throw new NodeException(
                    "the request " + pending.name() + " for the node's certificate was not approved; run:"
                            + " kubectl certificate approve " + pending.name() + ", and start the node again");
        }
    }

    private static Config read(Path file, String option) {
        if (!Files.isRegularFile(file)) {
            throw new NodeException("there is no kubeconfig " + file + "; name it with " + option);
        }
        try {
            return Api.kubeconfig(file.toFile());
        } catch (RuntimeException e) { // of the client and of its parsers
            throw new NodeException("the kubeconfig " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** Returns the API with this identity. */
    public Api api() {
        return api;
    }

    /** Returns the renewal of the node's own certificate; empty if it came with a kubeconfig. */
    public Optional<Certificates> renewal(String node) {
        return Optional.ofNullable(client)
                .map(key -> Certificates.client(api, node, key, directory.resolve("client.pem"), clock));
    }

    /** The TLS configuration of the kubelet API. */
    public record Serving(SSLContext context, Certificates renewal) {}

    /**
     * Returns the certificate for callers; a self-signed one until one is issued.
     *
     * @param authority a PEM file with the certificate authority for callers; null for that of the cluster
     */
    public Serving serving(String node, String address, @Nullable Path authority) {
        Path file = directory.resolve("serving.pem");
        Instant now = clock.instant();
        CurrentKey key = new CurrentKey(KeyAndCertificate.load(file, now)
                .filter(saved -> isOf(saved, node))
                .orElseGet(() -> KeyAndCertificate.selfSigned(
                        node, address, now.minus(Duration.ofHours(1)), now.plus(SELF_SIGNED))));
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {key}, trust(authority), null);
            return new Serving(context, Certificates.serving(api, node, address, key, file, clock));
        } catch (GeneralSecurityException e) {
            throw new NodeException("the certificate authority for callers cannot be used: " + e, e);
        }
    }

    private TrustManager[] trust(@Nullable Path authority) throws GeneralSecurityException {
        List<X509Certificate> trusted;
        try {
            if (authority != null) {
                trusted = KeyAndCertificate.certificates(Files.readAllBytes(authority));
            } else if (config.getCaCertData() != null) {
                trusted = KeyAndCertificate.certificates(pem(config.getCaCertData()));
            } else if (config.getCaCertFile() != null) {
                trusted = KeyAndCertificate.certificates(Files.readAllBytes(Path.of(config.getCaCertFile())));
            } else {
                trusted = List.of();
            }
        } catch (IOException e) {
            throw new NodeException("the certificate authority for callers cannot be read: " + e, e);
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry("ca-" + i, trusted.get(i));
        }
        if (trusted.isEmpty()) {
            // Java requires at least one; without a CA, callers authenticate with tokens.
            return new TrustManager[] {};
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** Decodes a certificate, which is base64 in a kubeconfig unless the client has decoded it already. */
    private static byte[] pem(String data) {
        return data.contains("-----BEGIN")
                ? new ByteArrayInputStream(data.getBytes(StandardCharsets.US_ASCII)).readAllBytes()
                : Base64.getMimeDecoder().decode(data);
    }
}
