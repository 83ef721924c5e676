// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server proves its name with. Read from PEM files, both checked; nothing of the key is ever logged.
 *
 * @param chain the server's certificate and then those of its issuers, each of the one before
 * @param key fits the first certificate
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {

    /** Far above any chain of certificates. */
    private static final int MAX_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(WagiServer.class);

    /** The store never leaves the memory; its password guards nothing. */
    static final String STORE_PASSWORD = "in memory";

    /**
     * Reads it.
     *
     * @throws WagiServerException if one of the files is not what it should be
     */
    static Identity load(Path certificateFile, Path keyFile) {
        List<X509Certificate> chain = chain(certificateFile);
        PrivateKey key = key(keyFile);
        X509Certificate own = chain.get(0);
        if (!fits(key, own.getPublicKey())) {
            throw failure(
                    keyFile,
                    "the key does not belong to the first certificate in '" + certificateFile
                            + "'. Name the key that this certificate was made for, and put the server's own certificate"
                            + " before those of its issuers");
        }
        warnUnlessValid(certificateFile, own);
        return new Identity(chain, key);
    }

    KeyStore store() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("wagi", key, STORE_PASSWORD.toCharArray(), chain.toArray(X509Certificate[]::new));
        return store;
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Identity[" + chain.get(0).getSubjectX500Principal() + "]";
    }

    private static List<X509Certificate> chain(Path file) {
        List<X509Certificate> all = new ArrayList<>();
        for (Pem.Block block : read(file, "the certificate")) {
            if (block.isCertificate()) {
                try {
                    all.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.der())));
                } catch (CertificateException | IllegalArgumentException e) {
                    throw failure(file, "certificate " + (all.size() + 1) + " is damaged. Export it as PEM again", e);
                }
            }
        }
        if (all.isEmpty()) {
            throw failure(
                    file,
                    "no certificate is in it. It must hold -----BEGIN CERTIFICATE----- blocks: the server's own,"
                            + " then those of its issuers");
        }
        int linked = 1;
        while (linked < all.size()
                && all.get(linked - 1)
                        .getIssuerX500Principal()
                        .equals(all.get(linked).getSubjectX500Principal())) {
            linked++;
        }
        if (linked < all.size()) {
            LOG.warn(
                    "'{}': certificate {} did not issue the one before it; it and what follows are not sent to clients",
                    file,
                    linked + 1);
        }
        return List.copyOf(all.subList(0, linked));
    }

    private static PrivateKey key(Path file) {
        Optional<Pem.Block> found = read(file, "the private key").stream()
                .filter(Pem.Block::isPrivateKey)
                .findFirst();
        Pem.Block block = found.orElseThrow(() -> failure(
                file,
                "no private key is in it. It must hold a -----BEGIN PRIVATE KEY----- block"
                        + " (or RSA PRIVATE KEY, or EC PRIVATE KEY)"));
        if (block.isEncrypted()) {
            throw failure(
                    file,
                    "the key is encrypted, and there is nobody to ask for its password. Decrypt it with"
                            + " 'openssl pkey -in KEY -out PLAIN', and let only the server's user read it");
        }
        try {
            return Pkcs8.read(block.label(), block.der());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // no cause: its text may quote the key
            throw failure(
                    file,
                    "the key is damaged or of an unknown kind. RSA, EC and EdDSA keys are known; convert it with"
                            + " 'openssl pkey -in KEY -out PKCS8'");
        }
    }

    private static List<Pem.Block> read(Path file, String what) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw failure(
                        file, "it is larger than " + (MAX_BYTES >> 20) + " MiB. Name the PEM file that holds " + what);
            }
            return Pem.blocks(bytes);
        } catch (NoSuchFileException e) {
            throw failure(file, "there is no such file. Name the PEM file that holds " + what, e);
        } catch (IOException e) {
            throw failure(file, "it cannot be read. It must be a file that the server's user may read", e);
        }
    }

    private static boolean fits(PrivateKey key, PublicKey certified) {
        try {
            byte[] sample = certified.getEncoded();
            Signature signature = Signature.getInstance(
                    switch (key.getAlgorithm()) {
                        case "RSA" -> "SHA256withRSA";
                        case "EC" -> "SHA256withECDSA";
                        default -> key.getAlgorithm();
                    });
            signature.initSign(key);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(sample);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // not even of the same kind
        }
    }

    private static void warnUnlessValid(Path file, X509Certificate own) {
        try {
            own.checkValidity();
        } catch (CertificateExpiredException e) {
            LOG.warn(
                    "'{}': the certificate has expired on {}; clients will refuse it. Renew it.",
                    file,
                    own.getNotAfter());
        } catch (CertificateNotYetValidException e) {
            LOG.warn("'{}': the certificate is not valid before {}; clients will refuse it.", file, own.getNotBefore());
        }
    }

    private static WagiServerException failure(Path file, String reason) {
        return new WagiServerException(message(file, reason));
    }

    private static WagiServerException failure(Path file, String reason, Exception cause) {
        return new WagiServerException(message(file, reason), cause);
    }

    private static String message(Path file, String reason) {
        return "Cannot serve with TLS: '" + file + "': " + reason + ".";
    }
}
