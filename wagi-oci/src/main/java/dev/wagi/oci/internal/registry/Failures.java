// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.text.Foreign;
import dev.wagi.oci.internal.text.Json;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Maps error responses of a registry to exceptions.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes">OCI distribution
 *     spec, error codes</a>
 */
final class Failures {

    private static final int MAX_BODY = 64 * 1024;
    private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

    private Failures() {}

    /**
     * An error response.
     *
     * @param isFirstHand whether the registry itself sent it
     * @param code an error code of the specification, or empty
     * @param text status code, error code and message, fit for a message
     */
    record Refusal(int status, boolean isFirstHand, String code, String text) {}

    /** Reads the body of an error response. The body from a host that the registry redirected to is ignored. */
    static Refusal read(Answer answer) {
        int status = answer.status();
        if (!answer.isFirstHand()) {
            return new Refusal(status, false, "", "the host that the registry redirected to answered " + status);
        }
        String plain = "the registry answered " + status;
        try {
            JsonNode error = Json.read(answer.bytes(MAX_BODY).orElse(new byte[0]))
                    .path("errors")
                    .path(0);
            String code = error.path("code").asText("");
            code = CODE.matcher(code).matches() ? code : "";
            String message = error.path("message").asText("");
            String text = message.isEmpty() ? code : (code + " " + Foreign.quoted(message)).strip();
            return new Refusal(status, true, code, plain + (text.isEmpty() ? "" : " (" + text + ")"));
        } catch (IOException e) {
            return new Refusal(status, true, "", plain);
        }
    }

    /**
     * Returns the exception for an error response.
     *
     * @param registry the name of the registry, for the remedy
     * @param hadCredentials whether credentials were tried
     */
    static OciException of(Refusal refusal, String registry, boolean hadCredentials) {
        int status = refusal.status();
        String said = refusal.text();
        if (!refusal.isFirstHand()) {
            return new OciException.Unavailable(said + ", which is not the content; ask the operator of the registry");
        }
        if (status == 401) {
            return new OciException.Unauthorized(said
                    + (hadCredentials
                            ? "; it does not accept the credentials for " + registry + ", log in again"
                            : "; there are no credentials for " + registry
                                    + ", log in there (docker login, podman login) or configure them"));
        }
        if (status == 403) {
            return new OciException.Unauthorized(said
                    + (hadCredentials
                            ? "; this user does not have permission, ask the operator of the registry"
                            : "; there are no credentials for " + registry
                                    + ", and anonymous users do not have permission"));
        }
        if (status == 404) {
            return new OciException.NotFound(said
                    + switch (refusal.code()) {
                        case "NAME_UNKNOWN" -> "; there is no such repository, check its name or push to it first";
                        case "MANIFEST_UNKNOWN" ->
                            "; the repository has no such tag or digest, check it or push the" + " image";
                        case "BLOB_UNKNOWN" -> "; the registry has lost a part of the image, push it again";
                        default -> "; check registry, repository and tag";
                    });
        }
        if (status == 429) {
            return new OciException.Unavailable(
                    said + "; its rate limit is exceeded, try again later or log in for a higher limit");
        }
        if (status >= 500 || status == 408) {
            return new OciException.Unavailable(said + "; try again later, or ask the operator of the registry");
        }
        return new OciException.Unavailable(said + "; is it a registry? Check its name");
    }
}
