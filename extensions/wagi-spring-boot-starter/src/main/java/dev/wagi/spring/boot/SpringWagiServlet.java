// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Knows how Spring Security has authenticated a user, which the servlet API leaves open then. */
final class SpringWagiServlet extends WagiServlet {

    private static final long serialVersionUID = 1L;

    SpringWagiServlet(Wagi wagi) {
        super(wagi);
    }

    @Override
    protected @Nullable String authType(HttpServletRequest request) {
        String known = request.getAuthType();
        Principal user = request.getUserPrincipal();
        if (known != null || user == null) {
            return known;
        }
        // By name, because Spring Security need not be there.
        String kind = user.getClass().getSimpleName();
        if (kind.equals("JwtAuthenticationToken") || kind.equals("BearerTokenAuthentication")) {
            return "Bearer";
        }
        String authorization = request.getHeader("Authorization");
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
