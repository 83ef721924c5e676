// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import dev.wagi.core.module.PullPolicy;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image in a registry: {@code [registry[:port]/]repository[:tag][@digest]}. Every instance is
 * well-formed, complete and normalized, so two spellings of the same name are equal.
 *
 * <pre>
 * hello                              docker.io/library/hello:latest
 * someone/hello:v1                   docker.io/someone/hello:v1
 * example.org/hello:v1               registry example.org, repository hello, tag v1
 * Example.org.:0443/hello:v1         the same
 * //localhost:5000/a/hello:v1        the same form as in a URL, registry localhost:5000
 * example.org/hello@sha256:...       by digest; a tag before the @ is kept but not used
 * </pre>
 *
 * <p>The first part is a registry if it contains a dot or a colon or is {@code localhost}.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests">OCI
 *     distribution spec, pulling manifests</a>
 */
public final class OciReference {

    /** The registry of references that name none. */
    public static final String DOCKER_HUB = "docker.io";

    private static final String LATEST = "latest";
    private static final int MAX_NAME = 255;
    private static final int MAX_TEXT = 600;

    private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    private static final Pattern REPOSITORY = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
    private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

    private final String registry;
    private final String repository;
    private final @Nullable String tag;
    private final @Nullable Digest digest;

    private OciReference(String registry, String repository, @Nullable String tag, @Nullable Digest digest) {
        this.registry = registry;
        this.repository = repository;
        this.tag = tag;
        this.digest = digest;
    }

    /**
     * Parses a reference; the inverse of {@link #toString}. A leading {@code //} is skipped.
     *
     * @param text the reference, for instance {@code example.org/hello:v1}
     * @return the reference
     * @throws IllegalArgumentException if the text is malformed; the message says what to write instead
     */
    public static OciReference parse(String text) {
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException("has more than " + MAX_TEXT + " characters; write host/repository:tag");
        }
        String rest = text.startsWith("//") ? text.substring(2) : text;
        Digest digest = null;
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Digest.parse(rest.substring(at + 1));
            rest = rest.substring(0, at);
        }
        String registry = DOCKER_HUB;
        int slash = rest.indexOf('/');
        if (slash >= 0 && isRegistry(rest.substring(0, slash))) {
            registry = registry(rest.substring(0, slash));
            rest = rest.substring(slash + 1);
        } else if (text.startsWith("//")) {
            throw new IllegalArgumentException("names no registry after '//'; write \"//host/repository:tag\"");
        }
        String tag = null;
        int colon = rest.indexOf(':');
        if (colon >= 0) {
            tag = rest.substring(colon + 1);
            rest = rest.substring(0, colon);
            if (!TAG.matcher(tag).matches()) {
                throw new IllegalArgumentException(
                        "has a malformed tag; it has up to 128 letters, digits, '.', '_', '-'"
                                + " and begins with neither '.' nor '-'");
            }
        }
        if (registry.equals(DOCKER_HUB) && rest.indexOf('/') < 0) {
            rest = "library/" + rest;
        }
        if (!REPOSITORY.matcher(rest).matches()) {
            throw new IllegalArgumentException(
                    "has a malformed repository; its parts are lower-case letters and digits,"
                            + " with '.', '_', '__' or '-' between them");
        }
        if (registry.length() + 1 + rest.length() > MAX_NAME) {
            throw new IllegalArgumentException(
                    "is too long; registry and repository have " + MAX_NAME + " characters at most");
        }
        return new OciReference(registry, rest, tag == null && digest == null ? LATEST : tag, digest);
    }

    /** Whether the first part of a reference is a registry, and not part of a repository on Docker Hub. */
    static boolean isRegistry(String first) {
        return first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equalsIgnoreCase("localhost");
    }

    /**
     * {@return the normalized name of a registry, the same for all its spellings: lower case; no trailing dot; no port
     * if it is 443 and the host contains a dot or is {@code localhost} (a single-label host keeps {@code :443}, which
     * marks it as a registry in a reference); no leading zeros in other ports; IPv6 addresses as in RFC 5952; and
     * {@link #DOCKER_HUB} for the other names of Docker Hub} IPv4 addresses must be four decimal numbers; other
     * notations are malformed.
     *
     * @param text {@code host} or {@code host:port}, an IPv6 address in brackets
     * @throws IllegalArgumentException if it is malformed
     */
    public static String registry(String text) {
        return RegistryName.normalize(text);
    }

    /**
     * {@return the registry in {@linkplain #registry(String) normalized form}; {@link #DOCKER_HUB} if the reference
     * names none}
     */
    public String registry() {
        return registry;
    }

    /** {@return the repository, for instance {@code library/hello}} */
    public String repository() {
        return repository;
    }

    /** {@return the tag; {@code latest} if the reference has neither tag nor digest} */
    public Optional<String> tag() {
        return Optional.ofNullable(tag);
    }

    /** {@return the digest of the manifest, if the reference has one} */
    public Optional<Digest> digest() {
        return Optional.ofNullable(digest);
    }

    /**
     * {@return a reference to an image of the same repository, by digest only}
     *
     * @param manifest the digest of a manifest or an index
     */
    public OciReference withDigest(Digest manifest) {
        return new OciReference(registry, repository, null, manifest);
    }

    /**
     * {@return a reference to another image of the same repository}
     *
     * @param other the tag of the other image
     */
    public OciReference withTag(String other) {
        if (!TAG.matcher(other).matches()) {
            throw new IllegalArgumentException("other is not a tag");
        }
        return new OciReference(registry, repository, other, null);
    }

    /** {@return the identifier that is requested from the registry: the digest if there is one, otherwise the tag} */
    public String target() {
        return digest != null ? digest.toString() : Objects.requireNonNull(tag);
    }

    /**
     * {@return the policy that applies if none is configured, as in Kubernetes: {@link PullPolicy#ALWAYS} for
     * {@code :latest}, otherwise {@link PullPolicy#IF_NOT_PRESENT}}
     */
    public PullPolicy defaultPullPolicy() {
        boolean latest = digest().isEmpty() && tag().orElse("").equals(LATEST);
        return latest ? PullPolicy.ALWAYS : PullPolicy.IF_NOT_PRESENT;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OciReference reference && toString().equals(reference.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** Returns the complete form, for instance {@code docker.io/library/hello:latest}. */
    @Override
    public String toString() {
        return registry + "/" + repository + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }
}
