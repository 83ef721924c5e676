// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.route;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * One line of a routing table.
 *
 * @param pattern the paths it answers
 * @param hosts the virtual hosts it answers to, lower case, without port; empty for all
 * @param methods the methods it answers, upper case as sent; empty for all. GET includes HEAD
 * @param target where it leads
 * @param <T> what a route leads to
 */
public record Route<T>(RoutePattern pattern, Set<String> hosts, Set<String> methods, T target) {

    /** Copies the sets and brings host names to lower case. */
    public Route {
        Set<String> lower = new LinkedHashSet<>();
        hosts.forEach(host -> lower.add(host.toLowerCase(Locale.ROOT)));
        hosts = Set.copyOf(lower);
        methods = Set.copyOf(methods);
    }

    /** Whether it answers the method. */
    public boolean accepts(String method) {
        return methods.isEmpty() || methods.contains(method) || method.equals("HEAD") && methods.contains("GET");
    }

    /** What Allow says of it, sorted. */
    Collection<String> allowed() {
        Set<String> allowed = new TreeSet<>(methods);
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        return allowed;
    }

    /** Whether some request would have to choose between the two by their order. */
    public boolean conflictsWith(Route<?> other) {
        return pattern.equals(other.pattern) && overlap(hosts, other.hosts) && overlap(methods, other.methods);
    }

    /** Whether there are requests that either would answer if the other did not exist. */
    public boolean meets(Route<?> other) {
        return pattern.equals(other.pattern) && meet(hosts, other.hosts) && meet(allowed(), other.allowed());
    }

    private static boolean meet(Collection<String> left, Collection<String> right) {
        return left.isEmpty() || right.isEmpty() || left.stream().anyMatch(right::contains);
    }

    /** Empty stands for "any" in methods, but for "no restriction" in hosts: those two levels never compete. */
    private static boolean overlap(Set<String> left, Set<String> right) {
        return left.isEmpty() == right.isEmpty()
                && (left.isEmpty() || left.stream().anyMatch(right::contains));
    }
}
