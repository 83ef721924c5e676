// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a text that holds certificates or keys; what stands between them is comment.
 *
 * <pre>
 * -----BEGIN RSA PRIVATE KEY-----        label
 * Proc-Type: 4,ENCRYPTED                 field lines, only of encrypted keys
 *
 * MIIEpAIBAAKCAQEA...                    DER in Base64
 * -----END RSA PRIVATE KEY-----
 * </pre>
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468</a>
 */
final class Pem {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private static final String PRIVATE_KEY = "PRIVATE KEY";
    private static final String ENCRYPTED = "ENCRYPTED";

    private Pem() {}

    /**
     * A block.
     *
     * @param content what stands between the two lines; of a private key a secret
     */
    record Block(String label, String content) {

        boolean isCertificate() {
            return label.equals("CERTIFICATE") || label.equals("X509 CERTIFICATE");
        }

        boolean isPrivateKey() {
            return label.endsWith(PRIVATE_KEY);
        }

        boolean isEncrypted() {
            return label.startsWith(ENCRYPTED) || content.contains(ENCRYPTED);
        }

        /**
         * Its bytes.
         *
         * @throws IllegalArgumentException if that is not Base64
         */
        byte[] der() {
            return Base64.getDecoder().decode(content.replaceAll("\\s", ""));
        }

        /** Without the content: it may be a secret. */
        @Override
        public String toString() {
            return "-----BEGIN " + label + "-----";
        }
    }

    /** All blocks of a file, in their order. */
    static List<Block> blocks(byte[] file) {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(new String(file, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }
}
