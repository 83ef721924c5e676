// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyAndCertificateTest {

    private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant UNTIL = Instant.parse("2026-01-11T00:00:00Z");

    @Test
    void selfSigned_isACertificateThatTheJdkReads() throws Exception {
        KeyAndCertificate made = KeyAndCertificate.selfSigned("wagi-0", "192.0.2.7", FROM, UNTIL);

        X509Certificate certificate = made.certificate();
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=system:node:wagi-0,O=system:nodes");
        assertThat(certificate.getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(List.of(2, "wagi-0"), List.of(7, "192.0.2.7"));
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(FROM);
        assertThat(made.renewal()).isEqualTo("2026-01-09T00:00:00Z");
    }

    /** RFC 2986: a sequence of what is requested, the algorithm, and a signature over the first. */
    @Test
    void request_isSignedWithItsOwnKey() throws Exception {
        KeyPair key = KeyAndCertificate.newKey();

        String pem = new String(
                KeyAndCertificate.request(key, "wagi-0", Optional.of("192.0.2.7")), StandardCharsets.US_ASCII);

        assertThat(pem).startsWith("-----BEGIN CERTIFICATE REQUEST-----\n");
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", ""));
        int content = header(der, 0);
        int infoEnd = content + header(der, content) - content + length(der, content);
        byte[] info = Arrays.copyOfRange(der, content, infoEnd);
        int algorithmEnd = infoEnd + 2 + length(der, infoEnd);
        byte[] signature = Arrays.copyOfRange(der, algorithmEnd + 3, der.length);
        Signature check = Signature.getInstance("SHA256withECDSA");
        check.initVerify(key.getPublic());
        check.update(info);
        assertThat(check.verify(signature)).isTrue();
    }

    /** Returns the offset of the content of a value. */
    private static int header(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first - 0x80);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < first - 0x80; i++) {
            length = length << 8 | der[at + 2 + i] & 0xff;
        }
        return length;
    }

    @ParameterizedTest
    @CsvSource({
        "2.5.4.3, 0603550403",
        "1.2.840.10045.4.3.2, 06082a8648ce3d040302",
        "1.2.840.113549.1.9.14, 06092a864886f70d01090e"
    })
    void oid_isEncodedInBase128(String dotted, String bytes) {
        assertThat(HexFormat.of().formatHex(Der.oid(dotted))).isEqualTo(bytes);
    }

    @Test
    void load_whatWasSaved_isTheSameAndPrivate(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("key.pem");
        KeyAndCertificate made = KeyAndCertificate.selfSigned("wagi-0", "192.0.2.7", FROM, UNTIL);

        made.save(file);

        assertThat(KeyAndCertificate.load(file, FROM)).contains(made);
        assertThat(KeyAndCertificate.load(file, UNTIL.plusSeconds(1))).isEmpty();
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            assertThat(Files.getPosixFilePermissions(file))
                    .extracting(Enum::name)
                    .containsOnly("OWNER_READ", "OWNER_WRITE");
        }
        Files.writeString(file, "broken");
        assertThat(KeyAndCertificate.load(file, FROM)).isEmpty();
    }
}
