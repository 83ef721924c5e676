// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A repository in memory, with its signatures. */
public final class SignedRepository implements SignatureSource {

    public static final String SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
    public static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
    static final String IN_TOTO = "application/vnd.in-toto+json";
    static final String SIGNED = "https://sigstore.dev/cosign/sign/v1";

    private final Map<String, byte[]> manifests = new HashMap<>();
    private final Map<Digest, byte[]> blobs = new HashMap<>();
    private byte @Nullable [] referrers;
    int fetches;

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    public static KeyPair p256() {
        return pair("EC", "secp256r1", 0);
    }

    static KeyPair pair(String algorithm, String curve, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (!curve.isEmpty()) {
                generator.initialize(new ECGenParameterSpec(curve));
            } else if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String pem(KeyPair pair) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, utf8("\n"))
                        .encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    public static byte[] sign(KeyPair pair, byte[] message) {
        String algorithm = pair.getPrivate().getAlgorithm();
        try {
            Signature signature = Signature.getInstance(
                    algorithm.equals("EC") ? "SHA256withECDSA" : algorithm.equals("RSA") ? "SHA256withRSA" : "Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static byte[] simplePayload(String repository, Digest digest) {
        return utf8("""
                {"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},\
                "type":"cosign container image signature"},"optional":null}""".formatted(repository, digest));
    }

    static byte[] statement(String predicateType, Digest digest) {
        return utf8("""
                {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"%s"}}],\
                "predicateType":"%s","predicate":{}}""".formatted(digest.hex(), predicateType));
    }

    static byte[] envelope(String payloadType, byte[] payload, byte[] signature) {
        return utf8("""
                {"mediaType":"%s","verificationMaterial":{"publicKey":{"hint":"x"},"tlogEntries":[]},\
                "dsseEnvelope":{"payload":"%s","payloadType":"%s","signatures":[{"sig":"%s"}]}}""".formatted(BUNDLE, base64(payload), payloadType, base64(signature)));
    }

    /** Returns a bundle with a signature of an image. */
    public static byte[] bundle(KeyPair pair, Digest image) {
        byte[] statement = statement(SIGNED, image);
        return envelope(IN_TOTO, statement, sign(pair, SignatureCheck.preAuthentication(IN_TOTO, statement)));
    }

    static byte[] message(byte[] signature) {
        return utf8("""
                {"mediaType":"%s","verificationMaterial":{"publicKey":{"hint":"x"}},\
                "messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":""},"signature":"%s"}}""".formatted(BUNDLE, base64(signature)));
    }

    Digest blob(byte[] bytes) {
        Digest digest = Digest.sha256(bytes);
        blobs.put(digest, bytes);
        return digest;
    }

    SignedRepository manifest(String tagOrDigest, byte[] bytes) {
        manifests.put(tagOrDigest, bytes);
        return this;
    }

    /** Adds a signature in the older format. */
    record Simple(byte[] payload, String signature) {}

    SignedRepository simple(Digest image, List<Simple> signatures) {
        List<String> layers = new ArrayList<>();
        for (Simple signature : signatures) {
            layers.add("""
                    {"mediaType":"%s","digest":"%s","size":%d,"annotations":{"dev.cosignproject.cosign/signature":"%s"}}""".formatted(
                            SIMPLE, blob(signature.payload()), signature.payload().length, signature.signature()));
        }
        return manifest("sha256-" + image.hex() + ".sig", utf8("{\"layers\":[" + String.join(",", layers) + "]}"));
    }

    /** Adds bundles that refer to the image. Their types in the list are wrong, as they may be in practice. */
    SignedRepository bundles(Digest image, boolean api, List<byte[]> bundles) {
        List<String> entries = new ArrayList<>();
        for (byte[] bundle : bundles) {
            byte[] manifest = utf8("""
                    {"schemaVersion":2,"artifactType":"%s","layers":[{"mediaType":"%s","digest":"%s","size":%d}]}""".formatted(BUNDLE, BUNDLE, blob(bundle), bundle.length));
            Digest digest = Digest.sha256(manifest);
            manifest(digest.toString(), manifest);
            entries.add("{\"artifactType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"" + digest + "\"}");
        }
        byte[] index = utf8("{\"manifests\":[" + String.join(",", entries) + "]}");
        if (api) {
            referrers = index;
        } else {
            manifest("sha256-" + image.hex(), index);
        }
        return this;
    }

    @Override
    public Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException {
        return bounded(manifests.get(tagOrDigest), maxBytes);
    }

    @Override
    public Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException {
        return bounded(blobs.get(digest), maxBytes);
    }

    @Override
    public Optional<byte[]> referrers(Digest digest, int maxBytes) throws IOException {
        return bounded(referrers, maxBytes);
    }

    private Optional<byte[]> bounded(byte @Nullable [] bytes, int maxBytes) throws IOException {
        fetches++;
        if (bytes != null && bytes.length > maxBytes) {
            throw new IOException("too large");
        }
        return Optional.ofNullable(bytes);
    }

    /** Replaces the bytes of a blob, as a malicious registry could. */
    void poison(byte[] original, byte[] other) {
        blobs.put(Digest.sha256(original), other);
    }
}
