// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * An entry of a routing table.
 *
 * @param pattern the paths it answers
 * @param hosts the virtual hosts it answers to, lower case, without port; empty for all
 * @param methods the methods it answers, upper case as sent; empty for all. GET includes HEAD
 * @param target the value for requests that match
 * @param <T> the type of that value
 */
public record Route<T>(RoutePattern pattern, Set<String> hosts, Set<String> methods, T target) {

    /** Copies the sets and converts host names to lower case. */
    public Route {
        Set<String> lower = new LinkedHashSet<>();
        hosts.forEach(host -> lower.add(host.toLowerCase(Locale.ROOT)));
        hosts = Set.copyOf(lower);
        methods = Set.copyOf(methods);
    }

    /** Returns whether the route answers the method. */
    public boolean accepts(String method) {
        return methods.isEmpty() || methods.contains(method) || method.equals("HEAD") && methods.contains("GET");
    }

    /** Returns its methods for the Allow field, sorted. */
    Collection<String> allowed() {
        Set<String> allowed = new TreeSet<>(methods);
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        return allowed;
    }

    /** Returns whether a request could match both routes with equal precedence. */
    public boolean conflictsWith(Route<?> other) {
        return pattern.equals(other.pattern) && overlap(hosts, other.hosts) && overlap(methods, other.methods);
    }

    /** Returns whether a request exists that either route would answer if the other did not exist. */
    public boolean meets(Route<?> other) {
        return pattern.equals(other.pattern) && meet(hosts, other.hosts) && meet(allowed(), other.allowed());
    }

    private static boolean meet(Collection<String> left, Collection<String> right) {
        return left.isEmpty() || right.isEmpty() || left.stream().anyMatch(right::contains);
    }

    /**
     * An empty set means "any" for methods, but "no restriction" for hosts, and restricted and unrestricted hosts never
     * compete.
     */
    private static boolean overlap(Set<String> left, Set<String> right) {
        return left.isEmpty() == right.isEmpty()
                && (left.isEmpty() || left.stream().anyMatch(right::contains));
    }
}
