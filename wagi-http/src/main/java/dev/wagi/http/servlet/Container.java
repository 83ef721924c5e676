// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import jakarta.servlet.http.HttpServletRequest;

/** What differs from one servlet container to another although the specification says nothing of it. */
final class Container {

    private Container() {}

    /** Whether a request came in through Jetty; everything else is taken to do as Tomcat does. */
    static boolean isJetty(HttpServletRequest request) {
        return request.getServletContext().getServerInfo().startsWith("jetty/");
    }
}
