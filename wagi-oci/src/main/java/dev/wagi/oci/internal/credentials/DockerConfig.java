// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.credentials;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.text.Foreign;
import dev.wagi.oci.internal.text.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file of Docker or Podman, or a pull secret of Kubernetes.
 *
 * <pre>
 * {
 *   "auths": {
 *     "https://index.docker.io/v1/": {"auth": "base64 of user:password"},
 *     "example.org/team": {"identitytoken": "..."}           keys are hosts, or with podman host/namespace
 *   },
 *   "credHelpers": {"other.example": "name"},                docker-credential-name, for this registry
 *   "credsStore": "name"                                     the same for all others
 * }
 * </pre>
 */
final class DockerConfig {

    /** The user name that marks the password as an identity token. */
    static final String TOKEN_USER = "<token>";

    private final String origin;
    private final Map<String, JsonNode> auths = new LinkedHashMap<>();
    private final Map<String, Helper> helpers = new LinkedHashMap<>();
    private final @Nullable String store;

    /** The helper of one registry, and the registry's name as spelled in the file. */
    private record Helper(String name, String server) {}

    private DockerConfig(String origin, JsonNode root, boolean legacy) {
        this.origin = origin;
        JsonNode entries = legacy ? root : root.path("auths");
        entries.properties().forEach(entry -> auths.putIfAbsent(normal(entry.getKey()), entry.getValue()));
        root.path("credHelpers")
                .properties()
                .forEach(entry -> helpers.putIfAbsent(
                        normal(entry.getKey()), new Helper(entry.getValue().asText(""), bare(entry.getKey()))));
        String name = root.path("credsStore").asText("");
        this.store = name.isEmpty() ? null : name;
    }

    /**
     * Parses {@code config.json}, {@code auth.json}, {@code .dockerconfigjson} or the older {@code .dockercfg}, whose
     * entries are at the top level instead of in {@code auths}.
     *
     * @param origin the source of the text, for messages
     * @throws OciException.BadCredentials if the text is not JSON; because it contains secrets, the message does not
     *     quote it
     */
    static DockerConfig parse(String origin, byte[] text) {
        try {
            JsonNode root = Json.read(text);
            boolean legacy = !root.isEmpty()
                    && root.properties().stream()
                            .allMatch(entry -> entry.getValue().has("auth")
                                    || entry.getValue().has("username"));
            return new DockerConfig(origin, root, legacy);
        } catch (JsonProcessingException e) {
            throw new OciException.BadCredentials("the credentials in " + origin + " are not JSON as Docker writes it"
                    + (e.getLocation() == null
                            ? ""
                            : " (line " + e.getLocation().getLineNr() + ")")
                    + "; log in again, or correct it");
        }
    }

    /**
     * Normalizes a key: {@code https://Host/v1/} becomes {@code host}, and the other names of Docker Hub become one.
     */
    private static String normal(String key) {
        String rest = bare(key);
        int slash = rest.indexOf('/');
        String host = registry(slash < 0 ? rest : rest.substring(0, slash));
        String path = slash < 0 ? "" : rest.substring(slash);
        if (path.equals("/v1") || path.equals("/v2")) {
            path = "";
        }
        return host + path;
    }

    /** Removes the scheme and trailing slashes. */
    private static String bare(String key) {
        return key.strip().replaceFirst("^[hH][tT][tT][pP][sS]?://", "").replaceFirst("/+$", "");
    }

    /** Normalizes a registry as references do. A pattern, as in pull secrets, is normalized as far as possible. */
    private static String registry(String text) {
        try {
            return OciReference.registry(text);
        } catch (IllegalArgumentException e) {
            return text.toLowerCase(Locale.ROOT)
                    .replaceFirst("\\.?(?::0*443)?$", "")
                    .replaceFirst(":0+", ":");
        }
    }

    /** Returns the normalized keys of the entries. */
    List<String> keys() {
        return List.copyOf(auths.keySet());
    }

    /**
     * Returns the credentials for a repository: from the helper for its registry, otherwise from the helper for all
     * registries, otherwise from the entry with the longest key that is the registry or a prefix of the repository's
     * path.
     */
    List<Credentials> find(String registry, String repository, CredentialHelper runner) {
        Helper helper = helpers.getOrDefault(registry, new Helper(store == null ? "" : store, registry));
        if (!helper.name().isEmpty()) {
            String server = registry.equals(OciReference.DOCKER_HUB) ? "https://index.docker.io/v1/" : helper.server();
            Optional<Credentials> found = runner.get(helper.name(), server);
            if (found.isPresent() || helpers.containsKey(registry)) {
                return found.stream().toList();
            }
        }
        for (String key = registry + "/" + repository; ; key = key.substring(0, key.lastIndexOf('/'))) {
            Optional<Credentials> found = entry(key);
            if (found.isPresent()) {
                return List.of(found.get());
            }
            if (key.indexOf('/') < 0) {
                return List.of();
            }
        }
    }

    /** Returns the credentials of an entry; empty if it does not exist or contains none. */
    Optional<Credentials> entry(String key) {
        JsonNode entry = auths.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        String user = entry.path("username").asText("");
        String password = entry.path("password").asText("");
        String auth = entry.path("auth").asText("");
        try {
            if (!auth.isEmpty()) {
                String pair = decode(auth);
                int colon = pair.indexOf(':');
                if (colon < 0) {
                    throw new IllegalArgumentException("no colon");
                }
                user = pair.substring(0, colon);
                password = pair.substring(colon + 1);
            }
            String registryToken = entry.path("registrytoken").asText("");
            String identityToken = entry.path("identitytoken").asText("");
            if (!registryToken.isEmpty()) {
                return Optional.of(Credentials.registryToken(registryToken));
            }
            if (!identityToken.isEmpty()) {
                return Optional.of(identity(user, identityToken));
            }
            if (user.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(user.equals(TOKEN_USER) ? identity(user, password) : Credentials.of(user, password));
        } catch (IllegalArgumentException e) {
            throw new OciException.BadCredentials("the entry for " + Foreign.quoted(key) + " in " + origin
                    + " is not user:password in base64, or contains control characters; log in again");
        }
    }

    static Credentials identity(String user, String token) {
        return user.isEmpty() || user.equals(TOKEN_USER)
                ? Credentials.identityToken(token)
                : Credentials.identityToken(user, token);
    }

    private static String decode(String auth) {
        byte[] bytes = Base64.getMimeDecoder().decode(auth);
        String pair = new String(bytes, StandardCharsets.UTF_8);
        int end = pair.length();
        while (end > 0 && pair.charAt(end - 1) == 0) {
            end--;
        }
        return pair.substring(0, end);
    }
}
