// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Deadline;
import dev.wagi.oci.internal.http.Origin;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.http.Retry;
import dev.wagi.oci.internal.http.TransferException;
import dev.wagi.oci.internal.http.Transport;
import dev.wagi.oci.internal.text.Foreign;
import dev.wagi.oci.internal.text.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to a registry: first anonymously or with the authorization that was accepted last, then with what the
 * challenge asks for, trying each of the credentials in turn and anonymous access last. The realm of a challenge is
 * text from the registry, so it is contacted only over HTTPS, or over HTTP if that host was declared insecure too, and
 * its redirects are not followed. A 401 from a host that the registry redirected to is treated like any other response.
 * Thread-safe.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">Distribution, token authentication</a>
 */
public final class Authenticator {

    private static final Logger LOG = LoggerFactory.getLogger(Authenticator.class);

    private static final String CLIENT = "wagi";
    private static final int MAX_REALM = 2048;
    private static final int MAX_SCOPE = 2048;
    private static final int MAX_ANSWER = 256 * 1024;
    private static final int MAX_CREDENTIALS = 16;

    /** The lifetime that the specification prescribes if the token server gives none. */
    private static final long DEFAULT_SECONDS = 60;

    private static final long MAX_SECONDS = 24 * 60 * 60;

    private final Transport transport;
    private final TokenCache cache;
    private final Predicate<Origin> insecureAllowed;

    /**
     * Creates an authenticator.
     *
     * @param insecureAllowed whether plain HTTP is allowed for an origin
     */
    public Authenticator(Transport transport, TokenCache cache, Predicate<Origin> insecureAllowed) {
        this.transport = transport;
        this.cache = cache;
        this.insecureAllowed = insecureAllowed;
    }

    /** The credentials for a registry, which are requested only when needed. */
    @FunctionalInterface
    public interface Candidates {
        /** Returns the credentials, the preferred ones first. */
        List<Credentials> get();

        /** Called with the credentials of a request that was not refused; null if it was anonymous. */
        default void accepted(@Nullable Credentials credentials) {}
    }

    /** An Authorization field and its lifetime. */
    private record Grant(String authorization, Duration lifetime) {}

    /**
     * Sends a request, with authentication if the registry demands it.
     *
     * @return the response; 401 or 403 if no credentials were accepted
     */
    public Answer send(Request request, Scope scope, Candidates candidates, Deadline deadline) throws IOException {
        List<Credentials> all = null;
        // Requests are tried anonymously first, unless it is known that credentials were accepted for this scope.
        Optional<String> known = cache.get(scope, null);
        Credentials owner = null;
        if (known.isEmpty() && cache.wantsCredentials(scope)) {
            all = bounded(candidates);
            for (Credentials each : all) {
                known = cache.get(scope, each);
                if (known.isPresent()) {
                    owner = each;
                    break;
                }
            }
        }
        Answer answer = transport.send(request.authorized(known.orElse(null)), deadline);
        if (!isRefused(answer)) {
            tell(candidates, answer, owner);
            return answer;
        }
        if (known.isPresent()) {
            cache.remove(scope, owner);
        }
        boolean done = false;
        try {
            List<Challenge> challenges = Challenge.parse(answer.all("WWW-Authenticate"));
            if (all == null) {
                all = bounded(candidates);
            }
            for (Credentials each : all) {
                Optional<Answer> next = attempt(request, challenges, each, scope, deadline);
                if (next.isPresent()) {
                    answer.close();
                    answer = next.get();
                    if (!isRefused(answer) && answer.status() != 403) {
                        tell(candidates, answer, each);
                        done = true;
                        return answer;
                    }
                }
            }
            Optional<Answer> asNobody = attempt(request, challenges, null, scope, deadline);
            if (asNobody.isPresent()) {
                answer.close();
                answer = asNobody.get();
                tell(candidates, answer, null);
            }
            done = true;
            return answer;
        } finally {
            if (!done) {
                answer.abandon();
            }
        }
    }

    private static void tell(Candidates candidates, Answer answer, @Nullable Credentials credentials) {
        if (answer.status() < 300) {
            candidates.accepted(credentials);
        }
    }

    /** Sends a request without credentials to a host that the registry named. */
    public Answer sendAsNobody(Request request, Deadline deadline) throws IOException {
        return transport.send(request.authorized(null), deadline);
    }

    private static List<Credentials> bounded(Candidates candidates) {
        List<Credentials> all = candidates.get();
        return all.size() > MAX_CREDENTIALS ? all.subList(0, MAX_CREDENTIALS) : all;
    }

    private static boolean isRefused(Answer answer) {
        return answer.status() == 401 && answer.isFirstHand();
    }

    private Optional<Answer> attempt(
            Request request,
            List<Challenge> challenges,
            @Nullable Credentials credentials,
            Scope scope,
            Deadline deadline)
            throws IOException {
        Optional<Grant> grant = grant(challenges, credentials, scope, deadline);
        if (grant.isEmpty()) {
            return Optional.empty();
        }
        Answer answer = transport.send(request.authorized(grant.get().authorization()), deadline);
        if (!isRefused(answer) && answer.status() != 403) {
            cache.put(
                    scope, credentials, grant.get().authorization(), grant.get().lifetime());
        }
        return Optional.of(answer);
    }

    /**
     * Returns the authorization for the challenges; empty if these credentials fit none, or a token server refuses
     * them.
     */
    private Optional<Grant> grant(
            List<Challenge> challenges, @Nullable Credentials credentials, Scope scope, Deadline deadline)
            throws IOException {
        Duration day = Duration.ofSeconds(MAX_SECONDS);
        for (Challenge challenge : challenges) {
            if (challenge.scheme().equals("bearer")) {
                if (credentials != null && credentials.kind() == Credentials.Kind.REGISTRY_TOKEN) {
                    return Optional.of(new Grant("Bearer " + credentials.secret(), day));
                }
                if (challenge.parameter("realm").isPresent()) {
                    return token(challenge, credentials, scope, deadline);
                }
            }
        }
        for (Challenge challenge : challenges) {
            if (challenge.scheme().equals("basic")
                    && credentials != null
                    && credentials.kind() != Credentials.Kind.REGISTRY_TOKEN
                    && credentials.user().isPresent()) {
                return Optional.of(new Grant(basic(credentials), day));
            }
        }
        return Optional.empty();
    }

    private static String basic(Credentials credentials) {
        String pair = credentials.user().orElse("") + ":" + credentials.secret();
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<Grant> token(
            Challenge challenge, @Nullable Credentials credentials, Scope scope, Deadline deadline) throws IOException {
        URI realm = realm(challenge.parameter("realm").orElseThrow());
        Set<String> scopes = new LinkedHashSet<>();
        challenge
                .parameter("scope")
                .filter(offered -> offered.length() <= MAX_SCOPE)
                .ifPresent(offered -> scopes.addAll(List.of(offered.strip().split(" +"))));
        if (scopes.isEmpty()) {
            scopes.add(scope.toString());
        }
        Optional<String> service = challenge.parameter("service");
        Answer answer;
        if (credentials != null && credentials.kind() == Credentials.Kind.IDENTITY_TOKEN) {
            answer = post(realm, credentials, service, scopes, deadline);
            if (isNoSuchMethod(answer.status()) && credentials.user().isPresent()) {
                answer.close();
                answer = get(realm, credentials, service, scopes, deadline);
            }
        } else {
            answer = get(realm, credentials, service, scopes, deadline);
            if (isNoSuchMethod(answer.status()) && credentials != null) {
                answer.close();
                answer = post(realm, credentials, service, scopes, deadline);
            }
        }
        try (Answer last = answer) {
            return read(last, realm);
        }
    }

    private static boolean isNoSuchMethod(int status) {
        return status == 404 || status == 405;
    }

    private URI realm(String text) {
        URI realm;
        Origin origin;
        try {
            realm = new URI(text.length() > MAX_REALM ? "" : text);
            origin = Origin.of(realm);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new OciException.Unavailable(
                    "the registry names the token server " + Foreign.quoted(text)
                            + ", which is not an https URL; ask its operator",
                    e);
        }
        if (origin.isPlain() && !insecureAllowed.test(origin)) {
            throw new OciException.Insecure("the registry names the token server " + Foreign.quoted(origin.toString())
                    + ", which would receive credentials over plain http; declare that host insecure as well if it is"
                    + " in a trusted network");
        }
        return realm;
    }

    private Answer get(
            URI realm,
            @Nullable Credentials credentials,
            Optional<String> service,
            Set<String> scopes,
            Deadline deadline)
            throws IOException {
        List<String> pairs = new ArrayList<>();
        service.ifPresent(name -> pairs.add(pair("service", name)));
        scopes.forEach(scope -> pairs.add(pair("scope", scope)));
        pairs.add(pair("client_id", CLIENT));
        if (credentials != null && credentials.user().isPresent()) {
            pairs.add(pair("account", credentials.user().get()));
        }
        String query = (realm.getRawQuery() == null ? "" : realm.getRawQuery() + "&") + String.join("&", pairs);
        String text = realm.toString();
        int cut = text.indexOf('#') >= 0 ? text.indexOf('#') : text.length();
        cut = text.indexOf('?') >= 0 ? Math.min(cut, text.indexOf('?')) : cut;
        Request request = Request.of("GET", URI.create(text.substring(0, cut) + "?" + query))
                .authorized(credentials == null ? null : basic(credentials));
        return transport.sendOnce(request, deadline);
    }

    private Answer post(
            URI realm, Credentials credentials, Optional<String> service, Set<String> scopes, Deadline deadline)
            throws IOException {
        List<String> pairs = new ArrayList<>();
        if (credentials.kind() == Credentials.Kind.IDENTITY_TOKEN) {
            pairs.add(pair("grant_type", "refresh_token"));
            pairs.add(pair("refresh_token", credentials.secret()));
        } else {
            pairs.add(pair("grant_type", "password"));
            pairs.add(pair("username", credentials.user().orElse("")));
            pairs.add(pair("password", credentials.secret()));
        }
        service.ifPresent(name -> pairs.add(pair("service", name)));
        pairs.add(pair("scope", String.join(" ", scopes)));
        pairs.add(pair("client_id", CLIENT));
        byte[] form = String.join("&", pairs).getBytes(StandardCharsets.US_ASCII);
        Request request = Request.of("POST", realm)
                .with("Content-Type", "application/x-www-form-urlencoded")
                .with(new Request.Body(form, 0, form.length));
        return transport.sendOnce(request, deadline);
    }

    private static String pair(String name, String value) {
        return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private Optional<Grant> read(Answer answer, URI realm) throws IOException {
        int status = answer.status();
        String server = "the token server " + Foreign.quoted(Origin.of(realm).toString());
        if (status == 400 || status == 401 || status == 403) {
            LOG.debug("{} refused with {}", server, status);
            return Optional.empty();
        }
        if (Retry.isPassing(status)) {
            throw new TransferException(server + " answered " + status);
        }
        if (status != 200) {
            throw new OciException.Unavailable(
                    server + " answered " + status + ", which is not a token; ask the operator of the registry");
        }
        String message = server + " answered with something that is not a token; ask the operator of the registry";
        byte[] body = answer.bytes(MAX_ANSWER).orElseThrow(() -> new OciException.Unavailable(message));
        JsonNode node;
        try {
            node = Json.read(body);
        } catch (JsonProcessingException e) {
            throw new OciException.Unavailable(message);
        }
        String token = node.path("token").asText("");
        token = token.isEmpty() ? node.path("access_token").asText("") : token;
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new OciException.Unavailable(message);
        }
        long seconds = node.path("expires_in").asLong(DEFAULT_SECONDS);
        return Optional.of(
                new Grant("Bearer " + token, Duration.ofSeconds(Math.max(0, Math.min(seconds, MAX_SECONDS)))));
    }
}
