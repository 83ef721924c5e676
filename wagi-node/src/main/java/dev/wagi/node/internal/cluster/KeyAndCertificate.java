// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import dev.wagi.node.api.NodeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A private key (ECDSA, P-256) and its certificate. Immutable.
 *
 * @param key the key
 * @param chain the certificate, followed by those of its issuers
 */
record KeyAndCertificate(PrivateKey key, List<X509Certificate> chain) {

    private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String ORGANIZATION = "2.5.4.10";
    private static final String EXTENSIONS = "1.2.840.113549.1.9.14";
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";

    private static final int DNS = 2;
    private static final int IP = 7;

    KeyAndCertificate {
        chain = List.copyOf(chain);
    }

    /** Returns the certificate. */
    X509Certificate certificate() {
        return chain.get(0);
    }

    Instant expires() {
        return certificate().getNotAfter().toInstant();
    }

    /** Returns when a new certificate should be requested: after four fifths of the lifetime. */
    Instant renewal() {
        long begin = certificate().getNotBefore().toInstant().toEpochMilli();
        long end = expires().toEpochMilli();
        return Instant.ofEpochMilli(begin + (end - begin) / 5 * 4);
    }

    static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no elliptic curves", e);
        }
    }

    /** Returns the subject {@code O=system:nodes, CN=system:node:NAME}. */
    private static byte[] subject(String node) {
        return Der.sequence(
                Der.set(Der.sequence(Der.oid(ORGANIZATION), Der.text("system:nodes"))),
                Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text("system:node:" + node))));
    }

    /** Returns an extension with the names under which a server is reached. */
    private static byte[] alternativeNames(String node, String address) {
        byte[] ip;
        try {
            ip = InetAddress.getByName(address).getAddress(); // a literal, so there is no DNS lookup
        } catch (UnknownHostException e) {
            throw new NodeException("the node's address " + address + " is not an IP address; correct --node-ip", e);
        }
        return Der.sequence(
                Der.oid(ALTERNATIVE_NAMES),
                Der.octets(
                        Der.sequence(Der.tagged(DNS, node.getBytes(StandardCharsets.US_ASCII)), Der.tagged(IP, ip))));
    }

    /**
     * Returns a certificate signing request.
     *
     * @param address the address for a server certificate; empty for a client certificate
     * @see <a href="https://www.rfc-editor.org/rfc/rfc2986">RFC 2986</a>
     */
    static byte[] request(KeyPair key, String node, Optional<String> address) {
        byte[] attributes = address.map(ip -> Der.tagged(
                        0x20, Der.sequence(Der.oid(EXTENSIONS), Der.set(Der.sequence(alternativeNames(node, ip))))))
                .orElseGet(() -> Der.tagged(0x20));
        byte[] info = Der.sequence(
                Der.integer(new byte[1]), subject(node), key.getPublic().getEncoded(), attributes);
        return pem("CERTIFICATE REQUEST", signed(info, key.getPrivate()));
    }

    /** Creates a self-signed certificate, to be used until one is issued. */
    static KeyAndCertificate selfSigned(String node, String address, Instant from, Instant until) {
        KeyPair key = newKey();
        byte[] algorithm = Der.sequence(Der.oid(ECDSA_SHA256));
        byte[] info = Der.sequence(
                Der.tagged(0x20, Der.integer(new byte[] {2})),
                Der.integer(BigInteger.valueOf(from.toEpochMilli()).toByteArray()),
                algorithm,
                subject(node),
                Der.sequence(Der.time(from), Der.time(until)),
                subject(node),
                key.getPublic().getEncoded(),
                Der.tagged(0x23, Der.sequence(alternativeNames(node, address))));
        return new KeyAndCertificate(
                key.getPrivate(), certificates(pem("CERTIFICATE", signed(info, key.getPrivate()))));
    }

    private static byte[] signed(byte[] info, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(key);
            signature.update(info);
            return Der.sequence(info, Der.sequence(Der.oid(ECDSA_SHA256)), Der.bits(signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM cannot sign with ECDSA", e);
        }
    }

    static byte[] pem(String type, byte[] content) {
        return ("-----BEGIN " + type + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                        + "\n-----END " + type + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Parses certificates in PEM format. */
    static List<X509Certificate> certificates(byte[] pem) {
        try {
            Collection<? extends Certificate> read =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
            List<X509Certificate> all = new ArrayList<>();
            for (Certificate each : read) {
                all.add((X509Certificate) each);
            }
            return all;
        } catch (GeneralSecurityException e) {
            throw new NodeException("a certificate is malformed: " + e.getMessage(), e);
        }
    }

    /** Stores the key and the certificates in one file that only this user can read. */
    void save(Path file) {
        try {
            Path part = Files.createTempFile(file.toAbsolutePath().getParent(), "key", ".part");
            if (part.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-------"));
            }
            StringBuilder text = new StringBuilder();
            for (X509Certificate each : chain) {
                text.append(new String(pem("CERTIFICATE", each.getEncoded()), StandardCharsets.US_ASCII));
            }
            text.append(new String(pem("PRIVATE KEY", key.getEncoded()), StandardCharsets.US_ASCII));
            Files.writeString(part, text);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | GeneralSecurityException e) {
            throw new NodeException("the certificate cannot be stored in " + file + ": " + e, e);
        }
    }

    /** Loads the saved key and certificate; empty if they do not exist or cannot be used. */
    static Optional<KeyAndCertificate> load(Path file, Instant now) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            String text = Files.readString(file);
            int begin = text.indexOf("-----BEGIN PRIVATE KEY-----");
            int end = text.indexOf("-----END PRIVATE KEY-----");
            if (begin < 0 || end < 0) {
                return Optional.empty();
            }
            byte[] encoded =
                    Base64.getMimeDecoder().decode(text.substring(begin + "-----BEGIN PRIVATE KEY-----".length(), end));
            PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
            KeyAndCertificate read = new KeyAndCertificate(
                    key, certificates(text.substring(0, begin).getBytes(StandardCharsets.US_ASCII)));
            return read.chain().isEmpty() || read.expires().isBefore(now) ? Optional.empty() : Optional.of(read);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return Optional.empty(); // another one is requested
        }
    }

    /** Returns the subject, without the key. */
    @Override
    public String toString() {
        return "KeyAndCertificate[" + certificate().getSubjectX500Principal() + "]";
    }
}
