// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** An entry of the routing table, for display. Immutable. */
public final class RouteInfo {

    private final String route;
    private final String module;
    private final String source;
    private final String entrypoint;
    private final List<String> hosts;
    private final List<String> methods;

    private RouteInfo(
            String route, String module, String source, String entrypoint, List<String> hosts, List<String> methods) {
        this.route = Objects.requireNonNull(route, "route");
        this.module = Objects.requireNonNull(module, "module");
        this.source = Objects.requireNonNull(source, "source");
        this.entrypoint = Objects.requireNonNull(entrypoint, "entrypoint");
        this.hosts = hosts;
        this.methods = methods;
    }

    /**
     * Creates a route for all hosts and methods that calls {@code _start}.
     *
     * @param route as in {@link #route()}
     * @param module as in {@link #module()}
     * @param source as in {@link #source()}
     * @return the route
     */
    public static RouteInfo of(String route, String module, String source) {
        return new RouteInfo(route, module, source, "_start", List.of(), List.of());
    }

    /**
     * Creates a route for all hosts and methods that serves files without a module.
     *
     * @param route as in {@link #route()}
     * @param path the directory or file as configured, which is the {@link #source()}
     * @return the route
     */
    public static RouteInfo ofFiles(String route, String path) {
        return new RouteInfo(route, "", path, "", List.of(), List.of());
    }

    /** {@return whether files are served without a module} */
    public boolean isFiles() {
        return module.isEmpty();
    }

    /** {@return the pattern as configured, or as the module declares it} */
    public String route() {
        return route;
    }

    /** {@return the module's name; empty for files} */
    public String module() {
        return module;
    }

    /** {@return the module's reference as configured, or the path of the files} */
    public String source() {
        return source;
    }

    /** {@return the exported function that is called; empty for files} */
    public String entrypoint() {
        return entrypoint;
    }

    /** {@return the virtual hosts that the route answers to, sorted; empty for all} */
    public List<String> hosts() {
        return hosts;
    }

    /** {@return the methods that the route answers, sorted; empty for all} */
    public List<String> methods() {
        return methods;
    }

    /**
     * {@return a copy with another {@link #entrypoint()}}
     *
     * @param function the name of an exported function
     */
    public RouteInfo withEntrypoint(String function) {
        return new RouteInfo(route, module, source, function, hosts, methods);
    }

    /**
     * {@return a copy with other {@link #hosts()}, which are sorted}
     *
     * @param names the virtual hosts, without port; none for all
     */
    public RouteInfo withHosts(Collection<String> names) {
        return new RouteInfo(route, module, source, entrypoint, sorted(names), methods);
    }

    /**
     * {@return a copy with other {@link #methods()}, which are sorted}
     *
     * @param names the methods; none for all
     */
    public RouteInfo withMethods(Collection<String> names) {
        return new RouteInfo(route, module, source, entrypoint, hosts, sorted(names));
    }

    private static List<String> sorted(Collection<String> names) {
        return names.stream().sorted().toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RouteInfo that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return "RouteInfo[route=" + route + ", module=" + module + ", source=" + source + ", entrypoint=" + entrypoint
                + ", hosts=" + hosts + ", methods=" + methods + "]";
    }

    private List<Object> values() {
        return List.of(route, module, source, entrypoint, hosts, methods);
    }
}
