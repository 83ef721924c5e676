// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Problems;
import dev.wagi.core.internal.cgi.HostPort;
import java.util.Optional;
import java.util.Set;

/** The key {@code hosts}. */
final class HostNames {

    private HostNames() {}

    /**
     * Checks a name.
     *
     * @param names receives it
     * @return false if a problem was added
     */
    static boolean check(String where, String host, Set<String> names, Problems problems) {
        Optional<HostPort> parsed = HostPort.parse(host);
        if (parsed.isEmpty() || parsed.get().port() >= 0) {
            problems.add(where, "\"" + host + "\" is not a host name without port; write for instance \"example.org\"");
            return false;
        }
        names.add(parsed.get().host());
        return true;
    }
}
