// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Private keys as the JDK reads them, also out of the two older forms, which lack nothing but the wrapping:
 *
 * <pre>
 * PrivateKeyInfo ::= SEQUENCE {          30 len
 *   version 0                              02 01 00
 *   algorithm SEQUENCE {                   30 len
 *     algorithm OID                          06 len ...   rsaEncryption, or id-ecPublicKey
 *     parameters                             05 00        NULL, or the OID of the curve
 *   }
 *   privateKey OCTET STRING }              04 len ...     the PKCS#1 or SEC 1 form, whole
 *
 * ECPrivateKey ::= SEQUENCE {            30 len
 *   version 1                              02 01 01
 *   privateKey OCTET STRING                04 len ...
 *   parameters [0] OID                     a0 len 06 len ...
 *   publicKey [1] BIT STRING }             a1 len ...
 * </pre>
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5208#section-5">RFC 5208, section 5</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5915#section-3">RFC 5915, section 3</a>
 */
final class Pkcs8 {

    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] VERSION = HEX.parseHex("020100");
    private static final byte[] RSA_ENCRYPTION = HEX.parseHex("06092a864886f70d0101010500");
    private static final byte[] EC_PUBLIC_KEY = HEX.parseHex("06072a8648ce3d0201");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int PARAMETERS = 0xa0;

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private Pkcs8() {}

    /**
     * Reads a key.
     *
     * @param label of its PEM block
     * @throws GeneralSecurityException if it is malformed or of a kind that the JDK does not know
     */
    static PrivateKey read(String label, byte[] der) throws GeneralSecurityException {
        byte[] encoded;
        try {
            encoded = switch (label) {
                case "PRIVATE KEY" -> der;
                case "RSA PRIVATE KEY" -> wrap(RSA_ENCRYPTION, der);
                case "EC PRIVATE KEY" -> wrap(concat(EC_PUBLIC_KEY, curve(der)), der);
                default -> throw new InvalidKeySpecException(label + " is not known");
            };
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new InvalidKeySpecException("malformed", e);
        }
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException e) {
                // of another algorithm
            }
        }
        throw new InvalidKeySpecException("no algorithm reads it");
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, concat(VERSION, element(SEQUENCE, algorithm), element(OCTET_STRING, key)));
    }

    /** The parameters of a SEC 1 key: in practice always an OID. */
    private static byte[] curve(byte[] key) throws InvalidKeySpecException {
        int at = start(key, 0);
        while (at < key.length) {
            int start = start(key, at);
            int end = start + length(key, at);
            if ((key[at] & 0xff) == PARAMETERS) {
                return Arrays.copyOfRange(key, start, end);
            }
            at = end;
        }
        throw new InvalidKeySpecException("it does not name its curve");
    }

    /** Where the content of the element begins. */
    private static int start(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = Math.addExact(Math.multiplyExact(length, 256), der[at + 2 + i] & 0xff);
        }
        return length;
    }

    /** The length in as few octets as it takes: DER allows no other. */
    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        byte[] head;
        if (length < 0x80) {
            head = new byte[] {(byte) tag, (byte) length};
        } else if (length < 0x100) {
            head = new byte[] {(byte) tag, (byte) 0x81, (byte) length};
        } else if (length < 0x10000) {
            head = new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        } else {
            throw new IllegalArgumentException("no key is as long as that");
        }
        return concat(head, content);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }
}
