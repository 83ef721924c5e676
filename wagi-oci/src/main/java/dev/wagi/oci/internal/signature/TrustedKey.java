// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A public key whose signatures are trusted: ECDSA on P-256, as {@code cosign generate-key-pair} creates, RSA of at
 * least 2048 bits, or Ed25519. The hash is SHA-256.
 */
public final class TrustedKey {

    private static final int MAX_PEM = 64 << 10;
    private static final int MAX_KEYS = 16;
    private static final int MIN_RSA_BITS = 2048;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END ([A-Z0-9 ]{1,40})-----");

    /** The DER prefix of all keys on P-256: algorithm id-ecPublicKey, curve prime256v1, an uncompressed point. */
    private static final byte[] P256 =
            java.util.HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    private final String name;
    private final PublicKey key;
    private final String algorithm;

    private TrustedKey(String name, PublicKey key, String algorithm) {
        this.name = name;
        this.key = key;
        this.algorithm = algorithm;
    }

    /**
     * Parses the keys in a PEM text: one or more {@code PUBLIC KEY} blocks (SubjectPublicKeyInfo).
     *
     * @param name the name for messages, usually the file; a number is appended if there are several keys
     * @throws IllegalArgumentException if there is no key, or one that cannot be used; the message gives the reason
     */
    public static List<TrustedKey> parse(String name, String pem) {
        if (pem.length() > MAX_PEM) {
            throw new IllegalArgumentException("is larger than " + (MAX_PEM >> 10) + " KiB; is it a public key?");
        }
        List<byte[]> keys = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(pem);
        while (blocks.find()) {
            String type = blocks.group(1);
            if (!type.equals("PUBLIC KEY") || !type.equals(blocks.group(3))) {
                throw new IllegalArgumentException("contains a " + type + " instead of a PUBLIC KEY; "
                        + (type.contains("PRIVATE")
                                ? "keep it secret and name its public key, cosign.pub"
                                : "create one with 'cosign public-key' or 'openssl pkey -pubin'"));
            }
            keys.add(decode(blocks.group(2)));
        }
        if (keys.isEmpty() || keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException(
                    keys.isEmpty()
                            ? "contains no public key; name a PEM file that begins with \"-----BEGIN PUBLIC KEY-----\""
                            : "contains more than " + MAX_KEYS + " keys");
        }
        List<TrustedKey> trusted = new ArrayList<>();
        for (byte[] key : keys) {
            trusted.add(of(keys.size() == 1 ? name : name + " (" + (trusted.size() + 1) + ")", key));
        }
        return List.copyOf(trusted);
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is not a key in Base64; copy the file again", e);
        }
    }

    private static TrustedKey of(String name, byte[] encoded) {
        for (String family : List.of("EC", "RSA", "Ed25519")) {
            try {
                PublicKey key = KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(encoded));
                return new TrustedKey(name, key, algorithm(key, encoded));
            } catch (GeneralSecurityException e) {
                // not a key of this family
            }
        }
        throw new IllegalArgumentException("contains a key of an unsupported type; use ECDSA on P-256, RSA or Ed25519");
    }

    private static String algorithm(PublicKey key, byte[] encoded) {
        if (key instanceof ECPublicKey) {
            if (encoded.length != P256.length + 64 || java.util.Arrays.mismatch(encoded, P256) != P256.length) {
                throw new IllegalArgumentException("contains an elliptic curve key that is not on P-256; use one that"
                        + " 'cosign generate-key-pair' created");
            }
            return "SHA256withECDSA";
        }
        if (key instanceof RSAPublicKey rsa) {
            if (rsa.getModulus().bitLength() < MIN_RSA_BITS) {
                throw new IllegalArgumentException("contains an RSA key of "
                        + rsa.getModulus().bitLength() + " bits; use " + MIN_RSA_BITS + " or more");
            }
            return "SHA256withRSA";
        }
        return "Ed25519";
    }

    /** Returns the name for messages. */
    public String name() {
        return name;
    }

    /** Whether the signature of the message is valid; false if the signature is malformed. */
    boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
