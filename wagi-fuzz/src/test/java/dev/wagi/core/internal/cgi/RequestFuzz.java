// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.config.ModuleDraft;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.fuzz.Lines;
import dev.wagi.fuzz.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The environment and the arguments that a guest receives, read as a C program reads them.
 *
 * <pre>
 * POST /app/a/b?x=1&amp;y /app https HTTP/1.1 10.0.0.9 Basic ann     method, target, mount path ... as far as given
 * /a/...                                                          the route
 * $prog ${ARGS}                                                   its argv, if there is one
 * =NAME=value                                                     its variables
 * authorization                                                   it may see that header; "options": query items with a dash
 * proxy 10.0.0.0/8                                                the proxies that are trusted
 * Host: example.org                                               header fields
 * </pre>
 */
public final class RequestFuzz {

    private static final Set<String> META = Set.of(
            ("AUTH_TYPE CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE HTTPS PATH_INFO PATH_TRANSLATED QUERY_STRING"
                            + " REMOTE_ADDR REMOTE_HOST REMOTE_USER REQUEST_METHOD REQUEST_SCHEME REQUEST_URI SCRIPT_NAME"
                            + " SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_SOFTWARE X_FULL_URL X_MATCHED_ROUTE"
                            + " X_RAW_PATH_INFO X_REQUEST_ID")
                    .split(" "));

    private RequestFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = Lines.of(input);
        String[] first = lines.get(0).split(" ", -1);
        WagiRequest.Builder builder = WagiRequest.builder(first[0], first.length > 1 ? first[1] : "/");
        for (int i = 2; i < first.length; i++) {
            switch (i) {
                case 2 -> builder.mountPath(first[i]);
                case 3 -> builder.scheme(first[i]);
                case 4 -> builder.protocol(first[i]);
                case 5 -> builder.remoteAddress(first[i]);
                case 6 -> builder.authType(first[i]);
                default -> builder.remoteUser(first[i]);
            }
        }
        Route route = new Route();
        lines.subList(1, lines.size()).forEach(line -> route.line(line, builder));
        WagiRequest request = builder.build();
        Optional<CgiRequest> parsed = CgiRequest.parse(request, "id", route.proxies);
        if (parsed.isEmpty() || !route.pattern.matches(parsed.get().path())) {
            return;
        }
        CgiEnvironment environment = new CgiEnvironment(
                route.pattern, route.variables, route.authorization, new HostPort("default.example", 3000));
        check(parsed.get().request(), route, read(environment.encode(parsed.get())));
        String scriptName = environment.scriptName(parsed.get());
        List<String> standard = read(CgiArguments.standard().encode(parsed.get(), scriptName));
        String query = parsed.get().query();
        Promise.same(
                standard.size(),
                query.isEmpty()
                        ? 1
                        : 2 + (int) query.chars().filter(c -> c == '&').count(),
                "an argument for each item of the query");
        if (!route.argv.isEmpty()) {
            check(
                    route,
                    scriptName,
                    standard,
                    read(CgiArguments.template(route.argv, route.options).encode(parsed.get(), scriptName)));
        }
    }

    /** The configuration of the route. */
    private static final class Route {
        private RoutePattern pattern = RoutePattern.parse("/...");
        private final Map<String, String> variables = new LinkedHashMap<>();
        private List<String> argv = List.of();
        private boolean options;
        private boolean authorization;
        private TrustedProxies proxies = TrustedProxies.none();

        void line(String line, WagiRequest.Builder request) {
            try {
                if (line.startsWith("/")) {
                    pattern = RoutePattern.parse(line);
                } else if (line.startsWith("$")) {
                    argv = line.indexOf('\0') < 0 ? List.of(line.substring(1).split(" ")) : argv;
                } else if (line.startsWith("=")) {
                    variable(line.substring(1));
                } else if (line.equals("authorization")) {
                    authorization = true;
                } else if (line.equals("options")) {
                    options = true;
                } else if (line.startsWith("proxy ")) {
                    proxies = TrustedProxies.parse(List.of(line.substring(6).split(" ")));
                } else if (line.indexOf(':') >= 0) {
                    int colon = line.indexOf(':');
                    request.addHeader(
                            line.substring(0, colon), line.substring(colon + 1).strip());
                }
            } catch (IllegalArgumentException e) {
                // What is refused here never reaches the request.
                Promise.that(e.getMessage() != null, "a refusal says why");
            }
        }

        private void variable(String text) {
            int equals = text.indexOf('=');
            if (equals < 0) {
                return;
            }
            Map<String, String> one = Map.of(text.substring(0, equals), text.substring(equals + 1));
            Problems problems = Problems.none();
            if (ModuleDraft.checkVariables("here", one, problems)) {
                variables.putAll(one);
            }
        }
    }

    /** Returns the strings as a guest reads them: each ends at its NUL. */
    private static List<String> read(GuestStrings strings) {
        List<String> texts = new ArrayList<>();
        int expected = 0;
        for (int i = 0; i < strings.count(); i++) {
            Promise.same(strings.offset(i), expected, "a string begins where the last one ended");
            int end = expected;
            while (strings.bytes()[end] != 0) {
                end++;
            }
            texts.add(new String(strings.bytes(), expected, end - expected, StandardCharsets.ISO_8859_1));
            expected = end + 1;
        }
        Promise.same(strings.length(), expected, "nothing follows the last string");
        return texts;
    }

    private static void check(WagiRequest request, Route route, List<String> entries) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            Promise.that(equals > 0, "an entry is NAME=value: " + entry);
            Promise.that(
                    environment.put(entry.substring(0, equals), entry.substring(equals + 1)) == null,
                    "no name stands twice: " + entry);
        }
        Set<String> fromHeaders = new HashSet<>();
        for (Headers.Field field : request.headers().fields()) {
            if (field.name().indexOf('_') < 0) {
                fromHeaders.add("HTTP_" + field.name().toUpperCase(Locale.ROOT).replace('-', '_'));
            }
        }
        Map<String, String> own = new LinkedHashMap<>();
        route.variables.forEach((name, value) -> own.put(octets(name), octets(value)));
        environment.forEach((name, value) -> Promise.that(
                META.contains(name) || own.containsKey(name) || fromHeaders.contains(name),
                "a variable has a reason: " + name));
        own.forEach((name, value) -> Promise.same(environment.get(name), value, "a client cannot change " + name));
        if (!own.containsKey("HTTP_PROXY")) {
            Promise.that(!environment.containsKey("HTTP_PROXY"), "httpoxy");
        }
        if (!own.containsKey("HTTP_AUTHORIZATION") && !route.authorization) {
            Promise.that(!environment.containsKey("HTTP_AUTHORIZATION"), "credentials are withheld");
        }
        if (!own.containsKey("HTTP_PROXY_AUTHORIZATION")) {
            Promise.that(!environment.containsKey("HTTP_PROXY_AUTHORIZATION"), "credentials for a proxy are withheld");
        }
        Promise.same(environment.get("GATEWAY_INTERFACE"), "CGI/1.1", "it is CGI");
        Promise.same(environment.get("REQUEST_METHOD"), request.method(), "the method is the request's");
        Promise.same(environment.get("REQUEST_URI"), request.target(), "the target is the request's");
        Promise.same(environment.get("X_MATCHED_ROUTE"), octets(route.pattern.toString()), "the route is the route");
        Promise.same(
                environment.containsKey("HTTPS"), request.scheme().equals("https"), "TLS is not the client's claim");
        Promise.that(environment.get("SERVER_PORT").matches("[0-9]{1,5}"), "a port is a number");
        Promise.same(
                environment.get("SERVER_NAME"),
                environment.get("SERVER_NAME").toLowerCase(Locale.ROOT),
                "a host is known by one name");
    }

    private static void check(Route route, String scriptName, List<String> standard, List<String> arguments) {
        List<String> items = standard.subList(1, standard.size());
        List<String> allowed = items.stream()
                .filter(item -> route.options || !item.startsWith("-"))
                .toList();
        List<String> expected = new ArrayList<>();
        for (String part : route.argv) {
            if (part.equals("${ARGS}")) {
                expected.addAll(allowed);
            } else if (!part.contains("${")) {
                expected.add(octets(part));
            } else if (part.equals("${SCRIPT_NAME}")) {
                expected.add(octets(scriptName));
            } else {
                expected.add(null);
            }
        }
        Promise.same(arguments.size(), expected.size(), "a client's value never becomes two arguments");
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i) != null) {
                Promise.same(arguments.get(i), expected.get(i), "an argument is what the operator wrote");
            }
        }
    }

    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
