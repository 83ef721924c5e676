// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The signature requirements for registries and repositories. If several rules match, only the one with the longest
 * prefix applies; if none matches, nothing is required.
 *
 * @param rules the rules, with distinct prefixes
 */
public record SignaturePolicy(List<Rule> rules) {

    /** What happens if an image has no valid signature. */
    public enum Mode {
        /** Signatures are not checked. */
        OFF,
        /** A warning is logged. */
        WARN,
        /** The image is refused. */
        REQUIRE
    }

    /**
     * A rule.
     *
     * @param prefix a registry, or a registry and the first segments of a repository's name:
     *     {@code registry.example/team} matches {@code registry.example/team} and {@code registry.example/team/hello},
     *     but not {@code registry.example/teamwork}; empty for all
     * @param mode the requirement
     * @param keys the keys, any of which may have signed; not empty unless the mode is {@link Mode#OFF}
     */
    public record Rule(String prefix, Mode mode, List<TrustedKey> keys) {

        /**
         * Normalizes the prefix.
         *
         * @throws IllegalArgumentException if the prefix can match nothing, or there is no key
         */
        public Rule {
            prefix = normal(prefix)
                    .orElseThrow(() ->
                            // A rule that never matches would leave images unchecked unnoticed.
                            new IllegalArgumentException(
                                    "a signature policy is for a registry, or a registry and the beginning of"
                                            + " a repository's name, without scheme, tag, digest or '*'; write it like"
                                            + " 'registry.example/team' or 'docker.io/library'"));
            keys = List.copyOf(keys);
            if (mode != Mode.OFF && keys.isEmpty()) {
                throw new IllegalArgumentException(
                        "a signature policy of '" + mode.name().toLowerCase(Locale.ROOT)
                                + "' needs a public key to check with; name one, or write 'off'");
            }
        }

        /** Normalizes a prefix as references do, with which it is compared. */
        private static Optional<String> normal(String prefix) {
            if (prefix.isEmpty()) {
                return Optional.of("");
            }
            String text = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
            int slash = text.indexOf('/');
            String registry = slash < 0 ? text : text.substring(0, slash);
            // Without a dot or a port, and not localhost, it would be the first part of a Docker Hub repository.
            if (registry.indexOf('.') < 0 && registry.indexOf(':') < 0 && !registry.equalsIgnoreCase("localhost")) {
                return Optional.empty();
            }
            String path = slash < 0 ? "" : text.substring(slash);
            try {
                if (!path.isEmpty()) {
                    OciReference.parse("registry.invalid" + path + "/image");
                }
                return Optional.of(OciReference.registry(registry) + path);
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        private boolean fits(String repository) {
            return prefix.isEmpty() || repository.equals(prefix) || repository.startsWith(prefix + "/");
        }
    }

    /**
     * Copies the rules.
     *
     * @throws IllegalArgumentException if two have the same prefix
     */
    public SignaturePolicy {
        List<Rule> sorted = new ArrayList<>(rules);
        sorted.sort(
                Comparator.comparingInt((Rule rule) -> rule.prefix().length()).reversed());
        Set<String> prefixes = new HashSet<>();
        for (Rule rule : sorted) {
            if (!prefixes.add(rule.prefix())) {
                throw new IllegalArgumentException(
                        "there are two signature policies for '" + rule.prefix() + "'; remove one");
            }
        }
        rules = List.copyOf(sorted);
    }

    /** Returns a policy without requirements. */
    public static SignaturePolicy none() {
        return new SignaturePolicy(List.of());
    }

    /** Returns the rule for a repository. */
    public Optional<Rule> rule(String repository) {
        String name = name(repository);
        return rules.stream().filter(rule -> rule.fits(name)).findFirst();
    }

    /**
     * Decides on a manifest. Never throws because of the registry: if it cannot be reached, that is a reason in the
     * result.
     *
     * @param repository the repository with its registry, as in the reference: {@code registry.example/team/hello}
     * @param manifest the manifest or index that the reference was resolved to
     * @param source fetches from the repository, or from a mirror of it
     */
    public SignatureDecision decide(String repository, Digest manifest, SignatureSource source) {
        Optional<Rule> rule = rule(repository).filter(found -> found.mode() != Mode.OFF);
        if (rule.isEmpty()) {
            return new SignatureDecision(Mode.OFF, SignatureResult.failed("signatures are not checked"));
        }
        String image = repository + "@" + manifest;
        try {
            return new SignatureDecision(
                    rule.get().mode(),
                    new SignatureCheck(repository, manifest, rule.get().keys(), source).check());
        } catch (IOException e) {
            return new SignatureDecision(
                    rule.get().mode(),
                    SignatureResult.failed("the signatures of " + image + " cannot be fetched: "
                            + (e.getMessage() == null ? e.toString() : e.getMessage())
                            + "; it is unknown whether there is a valid one"));
        }
    }

    /**
     * Normalizes a registry and a repository. Malformed text is returned unchanged and thus equals no normalized name.
     */
    static String name(String repository) {
        try {
            if (repository.indexOf('/') < 0) {
                return OciReference.registry(repository);
            }
            OciReference reference = OciReference.parse(repository);
            return reference.registry() + "/" + reference.repository();
        } catch (IllegalArgumentException e) {
            return repository;
        }
    }
}
