// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static dev.wagi.transport.Difference.Place.BEHIND_CONTROLLERS;
import static dev.wagi.transport.Difference.Place.BOOT_JETTY;
import static dev.wagi.transport.Difference.Place.BOOT_TOMCAT;
import static dev.wagi.transport.Difference.Place.JETTY;
import static dev.wagi.transport.Difference.Place.NETTY;
import static dev.wagi.transport.Difference.Place.TOMCAT;
import static dev.wagi.transport.Difference.Place.UNDERTOW;
import static dev.wagi.transport.Difference.Place.WAR_ON_JETTY;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a server or container does not do what {@link TransportContract} demands; the last table of
 * docs/conformance.md.
 */
enum Difference {
    HTTP_1_0_LOOKS_WHOLE(
            "To a client of HTTP/1.0, a body of unknown length that the guest does not finish looks complete.",
            "The servlet API cannot reset a connection. Clients of HTTP/1.1 see that the last chunk is missing.",
            TOMCAT,
            JETTY,
            UNDERTOW,
            BOOT_TOMCAT,
            BOOT_JETTY),
    TARGET_IS_ASCII(
            "A target with octets above 0x7F is answered with 400.",
            "The container does this before any servlet is called; URIs are ASCII (RFC 3986).",
            TOMCAT,
            UNDERTOW,
            BOOT_TOMCAT),
    PATH_IS_ASCII(
            "A path with octets above 0x7F is answered with 400.",
            "Jetty's default; a `JettyServerCustomizer` that sets the connectors' `UriCompliance` allows them.",
            BOOT_JETTY),
    TARGET_IS_A_URI(
            "A query with characters that are not allowed in URIs, or with a malformed escape, is answered with 400.",
            "Spring makes a `java.net.URI` of the target.",
            NETTY),
    PATH_IS_REWRITTEN(
            "`//` in a path becomes `/`, and the `/` before a last `.` is removed.",
            "Tomcat does this before any servlet is called, and routes must see the path that the container's"
                    + " access rules saw.",
            TOMCAT,
            BOOT_TOMCAT),
    PATH_HAS_NO_ENCODED_SLASH(
            "`%2F` in a path is answered with 400.",
            "Tomcat's default; a `TomcatConnectorCustomizer` that sets `encodedSolidusHandling` to `decode` allows it.",
            BOOT_TOMCAT),
    PATH_IS_UNAMBIGUOUS(
            "`%2F`, `%25` and `//` in a path are answered with 400.",
            "Jetty's default; a `JettyServerCustomizer` that sets the connectors' `UriCompliance` allows them.",
            BOOT_JETTY),
    TRACE_IS_REFUSED(
            "TRACE is answered with 405.",
            "Tomcat's default; a `TomcatConnectorCustomizer` that sets `allowTrace` allows it.",
            BOOT_TOMCAT),
    TRACE_IS_FORBIDDEN(
            "TRACE is answered with 403.",
            "Jetty's `webdefault` descriptor forbids it in all web applications; `setDefaultsDescriptor` replaces"
                    + " that.",
            WAR_ON_JETTY),
    FIELDS_ARE_FEW(
            "More than 100 fields are answered with 400, not 431.",
            "Tomcat's default; a `TomcatConnectorCustomizer` that sets `maxHeaderCount` allows more.",
            BOOT_TOMCAT),
    CONTINUE_IS_SENT_AT_ONCE(
            "100 (Continue) is sent before the guest reads, even if it never does.",
            "Tomcat's default; a `TomcatConnectorCustomizer` that sets `continueResponseTiming` to `onRead` changes"
                    + " it.",
            BOOT_TOMCAT),
    UNKNOWN_PATH_IS_THE_CONTAINERS(
            "A path without route is answered with the page or JSON of Spring's own 404.",
            "The modules answer what no controller answers, and Spring answers what no module does.",
            BEHIND_CONTROLLERS),
    HEALTH_PATH_IS_NAMED(
            "`/healthz` is a path without route; in these tests `wagi.health-path` is `/healthz`.",
            "An application has a health check of its own, the actuator's, and `/healthz` may be a controller's.",
            BOOT_TOMCAT,
            BOOT_JETTY),
    ERROR_PATH_IS_SPRINGS(
            "A route `/error` is not reached; in these tests Spring's page is moved with `server.error.path` (Boot 3.5) or "
                    + "`spring.web.error.path` (Boot 4).",
            "Spring Boot's own error page is a controller at `/error`, and controllers come first.",
            BEHIND_CONTROLLERS),
    TAB_IS_A_SPACE("A tab in a field value arrives as a space.", "Undertow's parser replaces it.", UNDERTOW),
    QUERY_OF_MARKS("Of the target `/path??` the second `?` is lost.", "Undertow's parser drops it.", UNDERTOW),
    QUERY_IS_WELL_FORMED(
            "A query with a malformed escape, or with characters that are not allowed in URIs, is answered with 400.",
            "Undertow's parser refuses it.",
            UNDERTOW),
    FIELD_NAME_WITH_SPACE(
            "A field name with a space is accepted.",
            "Undertow's parser allows it; no module receives it as the variable of another field.",
            UNDERTOW),
    CHUNK_SIZE_WITHOUT_DIGITS(
            "A chunk size without digits ends the body.",
            "Undertow's parser reads it as 0, and waits for the trailer section.",
            UNDERTOW);

    /** What a transport runs in. */
    enum Place {
        TOMCAT("Tomcat"),
        JETTY("Jetty"),
        WAR_ON_JETTY("WAR on Jetty"),
        UNDERTOW("Undertow"),
        BOOT_TOMCAT("Spring Boot on Tomcat"),
        BOOT_JETTY("Spring Boot on Jetty"),
        BEHIND_CONTROLLERS("Spring Boot with `wagi.path: /`"),
        NETTY("WebFlux on Reactor Netty");

        private final String text;

        Place(String text) {
            this.text = text;
        }
    }

    private final String what;
    private final String why;
    private final Set<Place> places;

    Difference(String what, String why, Place... places) {
        this.what = what;
        this.why = why;
        this.places = EnumSet.copyOf(Arrays.asList(places));
    }

    boolean isIn(Set<Place> transport) {
        return transport.stream().anyMatch(places::contains);
    }

    /** The row of the documentation. */
    String row() {
        return "| " + what + " | " + places.stream().map(place -> place.text).collect(Collectors.joining(", ")) + " | "
                + why + " |";
    }
}
