// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.text.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Searches for a valid signature of one manifest.
 *
 * <pre>
 * tag sha256-&lt;hex&gt;.sig     manifest with one layer of type simplesigning per signature:
 *                          the layer is the signed payload, its annotation the signature
 *                          { "critical": { "identity": { "docker-reference": "registry.example/hello" },
 *                                          "image": { "docker-manifest-digest": "sha256:..." }, "type": "..." } }
 * referrers, or the tag    index of manifests, each with one layer, a bundle, which contains either a
 * sha256-&lt;hex&gt;             dsseEnvelope: payload (an in-toto statement whose subject has the digest), payloadType,
 *                          and signatures of both; or a messageSignature: of the manifest itself
 * </pre>
 *
 * Anyone who can write to the registry controls this data, so counts and sizes are limited, and nothing is trusted
 * before a signature was verified. A valid signature beyond the limits is not found, which is the safe outcome.
 */
final class SignatureCheck {

    private static final String SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String SIGNATURE = "dev.cosignproject.cosign/signature";
    private static final Set<String> SIMPLE_TYPES =
            Set.of("cosign container image signature", "atomic container signature");
    private static final Set<String> BUNDLES = Set.of(
            "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3");
    private static final String IN_TOTO = "application/vnd.in-toto+json";
    private static final Set<String> STATEMENTS =
            Set.of("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1");

    /**
     * The predicate type of signatures. Other statements, such as an SBOM or a vulnerability report, do not approve the
     * image.
     */
    private static final String SIGNED = "https://sigstore.dev/cosign/sign/v1";

    private static final int MAX_MANIFEST = 4 << 20;
    private static final int MAX_PAYLOAD = 64 << 10;
    private static final int MAX_BUNDLE = 1 << 20;
    private static final int MAX_SIGNATURES = 64;
    private static final int MAX_SUBJECTS = 64;
    private static final int MAX_SIGNATURE_TEXT = 8 << 10;
    private static final int MAX_REASONS = 3;
    private static final int MAX_TAG = 128;
    private static final int MAX_QUOTE = 120;

    private final String repository;
    private final Digest manifest;
    private final List<TrustedKey> keys;
    private final SignatureSource source;
    private final Set<String> reasons = new LinkedHashSet<>();
    private int opened;
    private int found;

    SignatureCheck(String repository, Digest manifest, List<TrustedKey> keys, SignatureSource source) {
        this.repository = repository;
        this.manifest = manifest;
        this.keys = keys;
        this.source = source;
    }

    SignatureResult check() throws IOException {
        Optional<SignatureResult> good = simple();
        if (good.isEmpty()) {
            good = bundles();
        }
        return good.orElseGet(() -> SignatureResult.failed(
                found == 0
                        ? repository + "@" + manifest + " is not signed: there is neither a tag " + tag()
                                + ".sig nor a bundle that refers to it; sign it with 'cosign sign --key', or copy its"
                                + " signatures along with it"
                        : repository + "@" + manifest + " has no valid signature; of " + found + " checked: "
                                + String.join(
                                        "; ",
                                        reasons.stream().limit(MAX_REASONS).toList())
                                + (reasons.size() > MAX_REASONS ? "; and others" : "")
                                + ". Sign it with a trusted key ("
                                + String.join(
                                        ", ",
                                        keys.stream().map(TrustedKey::name).toList())
                                + "), or trust the key that signed it"));
    }

    private String tag() {
        return manifest.algorithm() + "-" + manifest.hex();
    }

    private Optional<SignatureResult> simple() throws IOException {
        String tag = tag() + ".sig";
        Optional<byte[]> bytes = tag.length() > MAX_TAG ? Optional.empty() : source.manifest(tag, MAX_MANIFEST);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        Optional<JsonNode> json = json(bytes.get());
        if (json.isEmpty()) {
            found++;
            return refuse("the manifest of tag " + tag + " is not JSON");
        }
        for (JsonNode layer : json.get().path("layers")) {
            if (!layer.path("mediaType").asText().equals(SIMPLE_SIGNING)) {
                continue;
            }
            if (isEnough()) {
                return Optional.empty();
            }
            found++;
            Optional<SignatureResult> good = simple(layer);
            if (good.isPresent()) {
                return good;
            }
        }
        return Optional.empty();
    }

    private Optional<SignatureResult> simple(JsonNode layer) throws IOException {
        Optional<byte[]> signature = base64(layer.path("annotations").path(SIGNATURE));
        if (signature.isEmpty()) {
            return refuse("a signature is not Base64");
        }
        Optional<byte[]> payload = blob(layer, MAX_PAYLOAD);
        if (payload.isEmpty()) {
            return Optional.empty();
        }
        Optional<TrustedKey> key = signer(payload.get(), signature.get());
        if (key.isEmpty()) {
            return refuse("made with another key, or changed afterwards");
        }
        Optional<JsonNode> json = json(payload.get());
        if (json.isEmpty()) {
            return refuse("the signed payload is not JSON");
        }
        JsonNode critical = json.get().path("critical");
        String digest = critical.path("image").path("docker-manifest-digest").asText();
        if (!digest.equals(manifest.toString())) {
            return refuse("made for another image, " + quoted(digest));
        }
        String reference = critical.path("identity").path("docker-reference").asText();
        if (!isThisRepository(reference)) {
            return refuse("made for another repository, " + quoted(reference));
        }
        if (!SIMPLE_TYPES.contains(critical.path("type").asText())) {
            return refuse("the signed payload is of type "
                    + quoted(critical.path("type").asText()));
        }
        return Optional.of(SignatureResult.verified(key.get(), "simple signing"));
    }

    /** Whether the name in the signature, which may have a tag or a digest, denotes this repository. */
    private boolean isThisRepository(String reference) {
        String name = reference;
        int at = name.indexOf('@');
        if (at >= 0) {
            name = name.substring(0, at);
        }
        int colon = name.lastIndexOf(':');
        if (colon > name.lastIndexOf('/') && name.indexOf('/') >= 0) {
            name = name.substring(0, colon);
        }
        return SignaturePolicy.name(name).equals(SignaturePolicy.name(repository));
    }

    private Optional<SignatureResult> bundles() throws IOException {
        Optional<byte[]> index = source.referrers(manifest, MAX_MANIFEST);
        String tag = manifest.algorithm() + "-" + manifest.hex().substring(0, 64);
        if (index.isEmpty()) {
            index = source.manifest(tag, MAX_MANIFEST);
        }
        if (index.isEmpty()) {
            return Optional.empty();
        }
        Optional<JsonNode> json = json(index.get());
        if (json.isEmpty()) {
            found++;
            return refuse("the list of referrers is not JSON");
        }
        // The artifact types in the list are not reliable, so all entries are opened.
        for (JsonNode entry : json.get().path("manifests")) {
            if (isEnough()) {
                return Optional.empty();
            }
            Optional<SignatureResult> good = referrer(entry);
            if (good.isPresent()) {
                return good;
            }
        }
        return Optional.empty();
    }

    private Optional<SignatureResult> referrer(JsonNode entry) throws IOException {
        Optional<Digest> digest = digest(entry.path("digest"));
        if (digest.isEmpty()) {
            found++;
            return refuse("the list of referrers has an entry without a digest");
        }
        Optional<byte[]> bytes =
                source.manifest(digest.get().toString(), MAX_MANIFEST).filter(digest.get()::matches);
        Optional<JsonNode> json = bytes.flatMap(SignatureCheck::json);
        if (json.isEmpty()) {
            found++;
            return refuse("the manifest of a bundle is missing or corrupt");
        }
        JsonNode layers = json.get().path("layers");
        for (int i = 0; i < Math.min(layers.size(), MAX_SIGNATURES); i++) {
            if (BUNDLES.contains(layers.path(i).path("mediaType").asText())) {
                found++;
                return bundle(layers.path(i));
            }
        }
        return Optional.empty(); // not a signature
    }

    private Optional<SignatureResult> bundle(JsonNode layer) throws IOException {
        Optional<byte[]> bytes = blob(layer, MAX_BUNDLE);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        Optional<JsonNode> json = json(bytes.get());
        if (json.isEmpty()) {
            return refuse("a bundle is not JSON");
        }
        JsonNode bundle = json.get();
        if (!BUNDLES.contains(bundle.path("mediaType").asText())) {
            return refuse(
                    "a bundle is of type " + quoted(bundle.path("mediaType").asText()));
        }
        if (bundle.has("dsseEnvelope") == bundle.has("messageSignature")) {
            return refuse("a bundle does not have exactly one of 'dsseEnvelope' and 'messageSignature'");
        }
        return bundle.has("dsseEnvelope")
                ? envelope(bundle, bundle.path("dsseEnvelope"))
                : message(bundle, bundle.path("messageSignature"));
    }

    private Optional<SignatureResult> envelope(JsonNode bundle, JsonNode envelope) {
        if (!envelope.path("payloadType").asText().equals(IN_TOTO)) {
            return refuse("an envelope contains "
                    + quoted(envelope.path("payloadType").asText()));
        }
        Optional<byte[]> payload = base64(envelope.path("payload"), MAX_BUNDLE);
        JsonNode signatures = envelope.path("signatures");
        if (payload.isEmpty() || signatures.size() != 1) {
            return refuse("an envelope has no payload, or does not have exactly one signature");
        }
        Optional<byte[]> signature = base64(signatures.path(0).path("sig"));
        if (signature.isEmpty()) {
            return refuse("a signature is not Base64");
        }
        Optional<TrustedKey> key = signer(preAuthentication(IN_TOTO, payload.get()), signature.get());
        if (key.isEmpty()) {
            return refuse(anotherKey(bundle));
        }
        Optional<JsonNode> statement = json(payload.get());
        if (statement.isEmpty()
                || !STATEMENTS.contains(statement.get().path("_type").asText())) {
            return refuse("the signed payload is not an in-toto statement");
        }
        String predicate = statement.get().path("predicateType").asText();
        if (!predicate.equals(SIGNED)) {
            return refuse("a statement of another type, " + quoted(predicate));
        }
        JsonNode subjects = statement.get().path("subject");
        for (int i = 0; i < Math.min(subjects.size(), MAX_SUBJECTS); i++) {
            if (subjects.path(i)
                    .path("digest")
                    .path(manifest.algorithm())
                    .asText()
                    .equals(manifest.hex())) {
                return Optional.of(SignatureResult.verified(key.get(), "bundle with an envelope"));
            }
        }
        return refuse("made for another image");
    }

    private Optional<SignatureResult> message(JsonNode bundle, JsonNode message) throws IOException {
        Optional<byte[]> signature = base64(message.path("signature"));
        if (signature.isEmpty()) {
            return refuse("a signature is not Base64");
        }
        Optional<byte[]> signed =
                source.manifest(manifest.toString(), MAX_MANIFEST).filter(manifest::matches);
        if (signed.isEmpty()) {
            return refuse("the manifest itself is missing or corrupt");
        }
        return signer(signed.get(), signature.get())
                .map(key -> Optional.of(SignatureResult.verified(key, "bundle with a message signature")))
                .orElseGet(() -> refuse(anotherKey(bundle)));
    }

    private static String anotherKey(JsonNode bundle) {
        JsonNode material = bundle.path("verificationMaterial");
        return material.has("certificate") || material.has("x509CertificateChain")
                ? "made without a permanent key (keyless), but only signatures made with keys are supported"
                : "made with another key, or changed afterwards";
    }

    /**
     * Returns the message that an envelope's signature signs. The encoding separates type and payload unambiguously.
     *
     * @see <a href="https://github.com/secure-systems-lab/dsse/blob/master/protocol.md">DSSE, signature definition</a>
     */
    static byte[] preAuthentication(String type, byte[] payload) {
        byte[] head = ("DSSEv1 " + type.getBytes(StandardCharsets.UTF_8).length + " " + type + " " + payload.length
                        + " ")
                .getBytes(StandardCharsets.UTF_8);
        byte[] all = java.util.Arrays.copyOf(head, head.length + payload.length);
        System.arraycopy(payload, 0, all, head.length, payload.length);
        return all;
    }

    private Optional<TrustedKey> signer(byte[] message, byte[] signature) {
        return keys.stream().filter(key -> key.verifies(message, signature)).findFirst();
    }

    /** Fetches the content of a layer, verified against the layer's size limit and digest. */
    private Optional<byte[]> blob(JsonNode layer, int max) throws IOException {
        Optional<Digest> digest = digest(layer.path("digest"));
        long size = layer.path("size").asLong(-1);
        if (digest.isEmpty() || size < 0 || size > max) {
            refuse(size > max ? "a layer of " + size + " bytes is not a signature" : "a layer without digest or size");
            return Optional.empty();
        }
        Optional<byte[]> bytes = source.blob(digest.get(), max).filter(digest.get()::matches);
        if (bytes.isEmpty()) {
            refuse("the content of a signature is missing or corrupt");
        }
        return bytes;
    }

    /** Counts one more signature; returns whether the limit is exceeded. */
    private boolean isEnough() {
        if (opened++ < MAX_SIGNATURES) {
            return false;
        }
        found++;
        reasons.add("there are more than " + MAX_SIGNATURES + ", the others were not checked");
        return true;
    }

    private Optional<SignatureResult> refuse(String reason) {
        reasons.add(reason);
        return Optional.empty();
    }

    private static Optional<JsonNode> json(byte[] bytes) {
        try {
            return Optional.of(Json.read(bytes));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static Optional<Digest> digest(JsonNode text) {
        try {
            return text.isTextual() ? Optional.of(Digest.parse(text.textValue())) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<byte[]> base64(JsonNode text) {
        return base64(text, MAX_SIGNATURE_TEXT);
    }

    private static Optional<byte[]> base64(JsonNode text, int max) {
        try {
            return text.isTextual()
                            && text.textValue().length() <= max
                            && !text.textValue().isEmpty()
                    ? Optional.of(Base64.getDecoder()
                            .decode(text.textValue().replace('-', '+').replace('_', '/')))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String quoted(String text) {
        String start = text.length() > MAX_QUOTE ? text.substring(0, MAX_QUOTE) : text;
        return '"' + start.replaceAll("[^ -~]|\"", "?") + '"';
    }
}
