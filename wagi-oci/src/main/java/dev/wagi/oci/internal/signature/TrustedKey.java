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
 * A public key whose signatures count: ECDSA on P-256, as {@code cosign generate-key-pair} makes them, RSA of 2048 bits or
 * more, or Ed25519. The hash is SHA-256.
 */
public final class TrustedKey {

    private static final int MAX_PEM = 64 << 10;
    private static final int MAX_KEYS = 16;
    private static final int MIN_RSA_BITS = 2048;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END ([A-Z0-9 ]{1,40})-----");

    /** The prefix of the encoding of all keys on P-256: algorithm id-ecPublicKey, curve prime256v1, an uncompressed point. */
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
     * Reads the keys of a PEM text: one or more blocks {@code PUBLIC KEY} (SubjectPublicKeyInfo).
     *
     * @param name for messages, usually the file; with a number if there are several
     * @throws IllegalArgumentException with the reason if there is no key in it, or one that cannot be used
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
                throw new IllegalArgumentException("holds a " + type + " and not a PUBLIC KEY; "
                        + (type.contains("PRIVATE")
                                ? "keep that one secret and give its cosign.pub"
                                : "write it with 'cosign public-key' or 'openssl pkey -pubin'"));
            }
            keys.add(decode(blocks.group(2)));
        }
        if (keys.isEmpty() || keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException(
                    keys.isEmpty()
                            ? "holds no public key; give a PEM file that begins with \"-----BEGIN PUBLIC KEY-----\""
                            : "holds more than " + MAX_KEYS + " keys");
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
            throw new IllegalArgumentException("is not the Base64 of a key; copy the file again", e);
        }
    }

    private static TrustedKey of(String name, byte[] encoded) {
        for (String family : List.of("EC", "RSA", "Ed25519")) {
            try {
                PublicKey key = KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(encoded));
                return new TrustedKey(name, key, algorithm(key, encoded));
            } catch (GeneralSecurityException e) {
                // of another family
            }
        }
        throw new IllegalArgumentException("holds a key of an unknown kind; use ECDSA on P-256, RSA or Ed25519");
    }

    private static String algorithm(PublicKey key, byte[] encoded) {
        if (key instanceof ECPublicKey) {
            if (encoded.length != P256.length + 64 || java.util.Arrays.mismatch(encoded, P256) != P256.length) {
                throw new IllegalArgumentException("holds an elliptic key that is not on the curve P-256; use one as"
                        + " 'cosign generate-key-pair' makes it");
            }
            return "SHA256withECDSA";
        }
        if (key instanceof RSAPublicKey rsa) {
            if (rsa.getModulus().bitLength() < MIN_RSA_BITS) {
                throw new IllegalArgumentException("holds an RSA key of "
                        + rsa.getModulus().bitLength() + " bits; use " + MIN_RSA_BITS + " or more");
            }
            return "SHA256withRSA";
        }
        return "Ed25519";
    }

    /** For messages. */
    public String name() {
        return name;
    }

    /** Whether the owner of the key signed the message. A signature that is not one is not good. */
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
