// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A self-signed certificate for localhost, registry.test and 127.0.0.1, created with the JDK's keytool. */
final class Certificate {

    private static final String PASSWORD = "changeit";
    private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Certificate() {}

    /** Writes {@code cert.pem} and {@code key.pem}. */
    static void write(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = folder.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-ext",
                        "san=dns:localhost,dns:registry.test,ip:127.0.0.1",
                        "-dname",
                        "CN=localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool failed: " + output);
        }
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(store)) {
            loaded.load(file, PASSWORD.toCharArray());
        }
        Files.writeString(
                folder.resolve("cert.pem"),
                pem("CERTIFICATE", loaded.getCertificate("it").getEncoded()));
        Files.writeString(
                folder.resolve("key.pem"),
                pem("PRIVATE KEY", loaded.getKey("it", PASSWORD.toCharArray()).getEncoded()));
    }

    /** Returns the TLS context of a server with the certificate of {@link #write}. */
    static SSLContext context(Path folder) throws IOException, GeneralSecurityException {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(folder.resolve("store.p12"))) {
            loaded.load(file, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(loaded, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + BASE64.encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
