// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a guest gets for a request, as {@code Wagi.preview} shows it. Immutable.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-4">RFC 3875, section 4</a>
 */
public final class GuestInput {

    private final String module;
    private final String route;
    private final String entrypoint;
    private final Map<String, String> environment;
    private final Set<String> configured;
    private final List<String> arguments;
    private final long bodyBytes;

    private GuestInput(
            String module,
            String route,
            String entrypoint,
            Map<String, String> environment,
            Set<String> configured,
            List<String> arguments,
            long bodyBytes) {
        this.module = Objects.requireNonNull(module, "module");
        this.route = Objects.requireNonNull(route, "route");
        this.entrypoint = Objects.requireNonNull(entrypoint, "entrypoint");
        this.environment = environment;
        this.configured = configured;
        this.arguments = arguments;
        this.bodyBytes = bodyBytes;
    }

    /**
     * Creates what a guest gets without variables, arguments and body.
     *
     * @param module as in {@link #module()}
     * @param route as in {@link #route()}
     * @param entrypoint as in {@link #entrypoint()}
     * @return the input
     */
    public static GuestInput of(String module, String route, String entrypoint) {
        return new GuestInput(module, route, entrypoint, Map.of(), Set.of(), List.of(), 0);
    }

    /**
     * Returns a copy with other variables.
     *
     * @param variables as in {@link #environment()}
     * @param names as in {@link #configured()}
     * @return the copy
     */
    public GuestInput withEnvironment(Map<String, String> variables, Set<String> names) {
        return new GuestInput(
                module,
                route,
                entrypoint,
                Collections.unmodifiableMap(new LinkedHashMap<>(variables)),
                Set.copyOf(names),
                arguments,
                bodyBytes);
    }

    /**
     * Returns a copy with other arguments.
     *
     * @param words as in {@link #arguments()}
     * @return the copy
     */
    public GuestInput withArguments(List<String> words) {
        return new GuestInput(module, route, entrypoint, environment, configured, List.copyOf(words), bodyBytes);
    }

    /**
     * Returns a copy with another body.
     *
     * @param bytes as in {@link #bodyBytes()}
     * @return the copy
     */
    public GuestInput withBodyBytes(long bytes) {
        return new GuestInput(module, route, entrypoint, environment, configured, arguments, bytes);
    }

    /** {@return the name of the module that answers} */
    public String module() {
        return module;
    }

    /** {@return the pattern of the route that matches} */
    public String route() {
        return route;
    }

    /** {@return the exported function that is called} */
    public String entrypoint() {
        return entrypoint;
    }

    /**
     * {@return the environment variables in the order in which the guest gets them; bytes that are not UTF-8 are
     * replaced by U+FFFD}
     */
    public Map<String, String> environment() {
        return environment;
    }

    /** {@return the names of the variables that the operator has configured; their values may be secrets} */
    public Set<String> configured() {
        return configured;
    }

    /** {@return the command line, beginning with the name of the program} */
    public List<String> arguments() {
        return arguments;
    }

    /** {@return the length of standard input in bytes; -1 if it is not known before the body has been read} */
    public long bodyBytes() {
        return bodyBytes;
    }

    /** {@return the module and the route, and no values} */
    @Override
    public String toString() {
        return module + " at " + route;
    }
}
