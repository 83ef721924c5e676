// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Creates CertificateSigningRequests, and reads them until they are decided. */
final class Requests {

    static final String CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
    static final String SERVING = "kubernetes.io/kubelet-serving";

    private static final String PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

    private final Api api;

    Requests(Api api) {
        this.api = api;
    }

    /** The decision on a request. */
    enum Decision {
        PENDING,
        ISSUED,
        DENIED,
        GONE
    }

    /** A request that was created. */
    record Pending(String name, KeyPair key) {}

    /** The state of a request, with the certificate if it was issued. */
    record Answer(Decision decision, Optional<KeyAndCertificate> certificate) {}

    /** Requests a certificate for a new key. */
    Pending ask(String signer, String node, Optional<String> address) {
        KeyPair key = KeyAndCertificate.newKey();
        byte[] request = KeyAndCertificate.request(key, node, address);
        CertificateSigningRequest made = api.post(
                PATH,
                Map.of(
                        "apiVersion",
                        "certificates.k8s.io/v1",
                        "kind",
                        "CertificateSigningRequest",
                        "metadata",
                        Map.of("generateName", "csr-"),
                        "spec",
                        Map.of(
                                "request",
                                Base64.getEncoder().encodeToString(request),
                                "signerName",
                                signer,
                                "usages",
                                List.of("digital signature", signer.equals(CLIENT) ? "client auth" : "server auth"))),
                CertificateSigningRequest.class);
        return new Pending(made.getMetadata().getName(), key);
    }

    /** Reads the state of a request. */
    Answer look(Pending pending) {
        CertificateSigningRequest request;
        try {
            request = api.get(PATH + "/" + pending.name(), CertificateSigningRequest.class);
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return new Answer(Decision.GONE, Optional.empty());
            }
            throw e;
        }
        String issued = request.getStatus() == null ? null : request.getStatus().getCertificate();
        if (issued != null && !issued.isEmpty()) {
            return new Answer(
                    Decision.ISSUED,
                    Optional.of(new KeyAndCertificate(
                            pending.key().getPrivate(),
                            KeyAndCertificate.certificates(Base64.getDecoder().decode(issued)))));
        }
        boolean denied = request.getStatus() != null
                && request.getStatus().getConditions() != null
                && request.getStatus().getConditions().stream()
                        .anyMatch(condition -> List.of("Denied", "Failed").contains(condition.getType()));
        return new Answer(denied ? Decision.DENIED : Decision.PENDING, Optional.empty());
    }
}
