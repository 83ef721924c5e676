// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.Api;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Authenticates and authorizes callers through the cluster, and caches the answers as long as a kubelet does.
 * Thread-safe.
 *
 * @see <a href="https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/">Kubernetes, kubelet
 *     authentication and authorization</a>
 */
final class Callers {

    private static final Duration TOKENS = Duration.ofMinutes(2);
    private static final Duration ALLOWED = Duration.ofMinutes(5);
    private static final Duration DENIED = Duration.ofSeconds(30);
    private static final int MAX_REMEMBERED = 1000;
    private static final int MAX_TOKEN = 16 << 10;

    /**
     * Each takes a thread until the API server has answered, which may take long; a caller needs no credentials for it.
     */
    private static final int MAX_QUESTIONS = 12;

    private final Api api;
    private final String node;
    private final Clock clock;
    private final Map<String, Remembered<Optional<Caller>>> tokens = new LinkedHashMap<>(); // guarded by itself
    private final Map<String, Remembered<Boolean>> decisions = new LinkedHashMap<>(); // guarded by itself

    private final Semaphore questions = new Semaphore(MAX_QUESTIONS);

    /** Too many callers wait for the API server. */
    static final class BusyException extends NodeException {
        private static final long serialVersionUID = 1;

        BusyException() {
            super("too many callers wait until the API server has decided on them; call again");
        }
    }

    private record Remembered<T>(T answer, Instant until) {}

    Callers(Api api, String node, Clock clock) {
        this.api = api;
        this.node = node;
        this.clock = clock;
    }

    /** Returns the caller of a client certificate, which TLS has verified. */
    static Optional<Caller> of(X509Certificate certificate) {
        String user = "";
        List<String> groups = new ArrayList<>();
        try {
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                var attributes = part.toAttributes().getAll();
                while (attributes.hasMore()) {
                    var attribute = attributes.next();
                    String value = String.valueOf(attribute.get());
                    if (attribute.getID().equalsIgnoreCase("CN")) {
                        user = value;
                    } else if (attribute.getID().equalsIgnoreCase("O")) {
                        groups.add(value);
                    }
                }
            }
        } catch (InvalidNameException e) {
            return Optional.empty();
        } catch (NamingException e) {
            return Optional.empty();
        }
        return user.isEmpty() ? Optional.empty() : Optional.of(new Caller(user, groups));
    }

    /** Returns the caller of a bearer token; empty if the token is invalid. */
    Optional<Caller> ofToken(String token) {
        if (token.isEmpty() || token.length() > MAX_TOKEN) {
            return Optional.empty();
        }
        return remember(tokens, digest(token), answer -> TOKENS, () -> {
            TokenReview review = api.post(
                    "/apis/authentication.k8s.io/v1/tokenreviews",
                    Map.of(
                            "apiVersion",
                            "authentication.k8s.io/v1",
                            "kind",
                            "TokenReview",
                            "spec",
                            Map.of("token", token)),
                    TokenReview.class);
            if (review.getStatus() == null
                    || !Boolean.TRUE.equals(review.getStatus().getAuthenticated())
                    || review.getStatus().getUser() == null) {
                return Optional.empty();
            }
            List<String> groups = review.getStatus().getUser().getGroups();
            return Optional.of(
                    new Caller(review.getStatus().getUser().getUsername(), groups == null ? List.of() : groups));
        });
    }

    /** Whether a caller may perform the verb on the node's {@code nodes/SUBRESOURCE}. */
    boolean isAllowed(Caller caller, String verb, String subresource) {
        String key = String.join("\n", caller.user(), String.join("\t", caller.groups()), verb, subresource);
        return remember(decisions, key, allowed -> allowed ? ALLOWED : DENIED, () -> {
            SubjectAccessReview review = api.post(
                    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                    Map.of(
                            "apiVersion",
                            "authorization.k8s.io/v1",
                            "kind",
                            "SubjectAccessReview",
                            "spec",
                            Map.of(
                                    "user",
                                    caller.user(),
                                    "groups",
                                    caller.groups(),
                                    "resourceAttributes",
                                    Map.of(
                                            "verb",
                                            verb,
                                            "version",
                                            "v1",
                                            "resource",
                                            "nodes",
                                            "subresource",
                                            subresource,
                                            "name",
                                            node))),
                    SubjectAccessReview.class);
            return review.getStatus() != null
                    && Boolean.TRUE.equals(review.getStatus().getAllowed());
        });
    }

    private <T> T remember(
            Map<String, Remembered<T>> known,
            String key,
            java.util.function.Function<T, Duration> time,
            Supplier<T> question) {
        Instant now = clock.instant();
        synchronized (known) {
            Remembered<T> before = known.get(key);
            if (before != null && before.until().isAfter(now)) {
                return before.answer();
            }
        }
        if (!questions.tryAcquire()) {
            throw new BusyException();
        }
        T answer;
        try {
            answer = question.get();
        } finally {
            questions.release();
        }
        synchronized (known) {
            known.remove(key);
            known.put(key, new Remembered<>(answer, now.plus(time.apply(answer))));
            if (known.size() > MAX_REMEMBERED) {
                known.remove(known.keySet().iterator().next());
            }
        }
        return answer;
    }

    private static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
