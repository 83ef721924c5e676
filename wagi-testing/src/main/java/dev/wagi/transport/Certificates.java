// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Creates certificates with the JDK's keytool; the tests' clients trust a common one. */
final class Certificates {

    private static final String PASSWORD = "changeit";
    private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Certificates() {}

    /** A certificate and its key. */
    record Pair(Certificate certificate, Key key) {

        String certificatePem() {
            try {
                return pem("CERTIFICATE", certificate.getEncoded());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        /** Returns the file with the certificate; the file with the key is next to it. */
        Path write(Path folder) throws IOException {
            Files.writeString(keyFile(folder), keyPem());
            return Files.writeString(folder.resolve("cert.pem"), certificatePem());
        }

        Path keyFile(Path folder) {
            return folder.resolve("key.pem");
        }
    }

    /** The certificates are created once for all tests, because keytool takes a second for each. */
    private static final Map<String, Pair> KNOWN = new ConcurrentHashMap<>();

    /** Returns an RSA certificate for localhost and 127.0.0.1. */
    static Pair local() {
        return KNOWN.computeIfAbsent(
                "local", key -> create("-keyalg", "RSA", "-keysize", "2048", "-ext", "san=dns:localhost,ip:127.0.0.1"));
    }

    /** Returns an EC certificate for localhost, but not for its address. */
    static Pair nameOnly() {
        return KNOWN.computeIfAbsent(
                "nameOnly", key -> create("-keyalg", "EC", "-groupname", "secp256r1", "-ext", "san=dns:localhost"));
    }

    static Pair expired() {
        return KNOWN.computeIfAbsent(
                "expired", key -> create("-keyalg", "EC", "-groupname", "secp256r1", "-startdate", "-9d"));
    }

    /** Returns a certificate for another name. */
    static Pair unrelated() {
        return KNOWN.computeIfAbsent(
                "unrelated", key -> create("-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=other"));
    }

    /** Returns the older format of an RSA key, which PKCS#8 wraps. */
    static byte[] pkcs1(Key key) {
        byte[] wrapped = key.getEncoded();
        return Arrays.copyOfRange(wrapped, 26, wrapped.length);
    }

    /** Returns the older format of a P-256 key, with its curve, as openssl writes it. */
    static byte[] sec1(Key key) {
        byte[] number = ((ECPrivateKey) key).getS().toByteArray();
        byte[] padded = new byte[32];
        int length = Math.min(number.length, padded.length);
        System.arraycopy(number, number.length - length, padded, padded.length - length, length);
        return HexFormat.of()
                .parseHex("30310201010420" + HexFormat.of().formatHex(padded) + "a00a06082a8648ce3d030107");
    }

    /**
     * Creates a self-signed certificate for CN=localhost, valid for two days unless the options of keytool say
     * otherwise.
     */
    private static Pair create(String... options) {
        try {
            Path folder = Files.createTempDirectory("certificates");
            Path store = folder.resolve("store.p12");
            try {
                List<String> command = new ArrayList<>(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD));
                command.addAll(List.of(options));
                command.addAll(List.of("-validity", "2"));
                if (!command.contains("-dname")) {
                    command.addAll(List.of("-dname", "CN=localhost"));
                }
                Process keytool =
                        new ProcessBuilder(command).redirectErrorStream(true).start();
                String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (keytool.waitFor() != 0) {
                    throw new IllegalStateException("keytool failed: " + output);
                }
                KeyStore loaded = KeyStore.getInstance("PKCS12");
                try (InputStream file = Files.newInputStream(store)) {
                    loaded.load(file, PASSWORD.toCharArray());
                }
                return new Pair(loaded.getCertificate("it"), loaded.getKey("it", PASSWORD.toCharArray()));
            } finally {
                Files.deleteIfExists(store);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + BASE64.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** Returns a context for a client that trusts {@link #local} and verifies the host name. */
    static SSLContext trusting() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("it", local().certificate());
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return context(factory.getTrustManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a context for a client that trusts any certificate. */
    static SSLContext careless() {
        return context(new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        });
    }

    private static SSLContext context(TrustManager... managers) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
