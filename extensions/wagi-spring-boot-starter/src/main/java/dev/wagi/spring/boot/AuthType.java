// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How Spring Security has authenticated a user, which neither the servlet API nor WebFlux says. */
final class AuthType {

    private AuthType() {}

    /**
     * Returns the scheme, or null if it is not known.
     *
     * @param authorization what the client has sent for itself
     */
    static @Nullable String of(Principal user, @Nullable String authorization) {
        // By name, because Spring Security need not be there.
        String kind = user.getClass().getSimpleName();
        if (kind.equals("JwtAuthenticationToken") || kind.equals("BearerTokenAuthentication")) {
            return "Bearer";
        }
        return kind.equals("UsernamePasswordAuthenticationToken")
                        && authorization != null
                        && isBasic(authorization, user.getName())
                ? "Basic"
                : null;
    }

    /** Whether it is for this user: one who logged in with a form may send anything there. */
    private static boolean isBasic(String authorization, String user) {
        if (!authorization.toLowerCase(Locale.ROOT).startsWith("basic ")) {
            return false;
        }
        try {
            byte[] decoded = Base64.getDecoder()
                    .decode(authorization.substring("basic ".length()).strip());
            return new String(decoded, StandardCharsets.UTF_8).startsWith(user + ":");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
