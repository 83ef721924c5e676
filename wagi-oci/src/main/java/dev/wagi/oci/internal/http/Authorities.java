// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import dev.wagi.oci.OciException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trusted CA certificates: those of the JVM, and those of a PEM file. */
public final class Authorities {

    private Authorities() {}

    /** Returns a context that trusts what the JVM trusts. */
    public static SSLContext system() {
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JVM has no TLS", e);
        }
    }

    /**
     * Returns a context that trusts what the JVM trusts and the certificates in a file.
     *
     * @throws OciException.Insecure if the file cannot be used
     */
    public static SSLContext with(Path pem) {
        try {
            KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
            anchors.load(null, null);
            int count = 0;
            for (X509Certificate known : accepted(null)) {
                anchors.setCertificateEntry("jvm-" + count++, known);
            }
            for (Certificate own : read(pem)) {
                anchors.setCertificateEntry("own-" + count++, own);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(anchors);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new OciException.Insecure(
                    "the certificates of the registry's CA cannot be read from " + pem + " (" + e
                            + "); name a PEM file with -----BEGIN CERTIFICATE----- blocks",
                    e);
        }
    }

    private static Collection<? extends Certificate> read(Path pem) throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(BoundedFile.read(pem)));
        if (found.isEmpty()) {
            throw new IOException("it contains no certificate");
        }
        return found;
    }

    private static X509Certificate[] accepted(@Nullable KeyStore anchors) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager known) {
                return known.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }
}
