// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Looks at certificates: those that are trusted, and that of the server. Contents of keys are never read. */
final class TrustCheck {

    private static final Duration SOON = Duration.ofDays(14);

    private TrustCheck() {}

    /** Whether servers with TLS can be trusted at all: registries, and hosts that guests call. */
    static Finding authorities() {
        String where = "certificate authorities of Java";
        String remedy = "install them (Debian: apt-get install ca-certificates-java), or name a file with"
                + " WAGI_JAVA_OPTS=-Djavax.net.ssl.trustStore=FILE";
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            int count = Arrays.stream(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .mapToInt(manager -> ((X509TrustManager) manager).getAcceptedIssuers().length)
                    .sum();
            return count > 0
                    ? Finding.ok("trust", where, count + " are trusted")
                    : Finding.failure("trust", where, "there are none, so no registry can be reached with TLS", remedy);
        } catch (GeneralSecurityException e) {
            return Finding.failure("trust", where, "cannot be read: " + e.getMessage(), remedy);
        }
    }

    /** Whether the server's certificate can be read and is valid now. */
    static Finding certificate(Path file, Instant now) {
        String check = "certificate";
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            X509Certificate certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            Instant end = certificate.getNotAfter().toInstant();
            if (certificate.getNotBefore().toInstant().isAfter(now)) {
                return Finding.failure(
                        check,
                        file.toString(),
                        "is not valid before " + certificate.getNotBefore().toInstant(),
                        "check the clock, or name another file");
            }
            if (end.isBefore(now)) {
                return Finding.failure(check, file.toString(), "has expired at " + end, "renew it");
            }
            return end.isBefore(now.plus(SOON))
                    ? Finding.warning(
                            check, file.toString(), "expires at " + end, "renew it, then send SIGHUP or use --watch")
                    : Finding.ok(check, file.toString(), "is valid until " + end);
        } catch (GeneralSecurityException e) {
            return Finding.failure(check, file.toString(), "is not a certificate in PEM form", "name the right file");
        } catch (IOException e) {
            return DirectoryCheck.unreadable(check, file, e);
        }
    }

    /** Whether the private key can be read by this user, and by no other. */
    static Finding key(Path file) {
        String check = "private key";
        if (!Files.isRegularFile(file)) {
            return Finding.failure(check, file.toString(), "there is no such file", "correct the path");
        }
        if (!Files.isReadable(file)) {
            return Finding.failure(
                    check, file.toString(), "this user may not read it", "change its owner, group or mode");
        }
        return DirectoryCheck.isOpenToOthers(file)
                ? Finding.warning(check, file.toString(), "every user may read it", "run chmod o-rwx on it")
                : Finding.ok(check, file.toString(), "can be read");
    }
}
