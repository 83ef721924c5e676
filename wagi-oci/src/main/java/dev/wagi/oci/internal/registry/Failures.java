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
 * What a registry's refusal means.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes">OCI distribution spec, error
 *     codes</a>
 */
final class Failures {

    private static final int MAX_BODY = 64 * 1024;
    private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

    private Failures() {}

    /**
     * What a registry said.
     *
     * @param isFirstHand whether the registry itself said it
     * @param code one of the specification's, or empty
     * @param text status, code and message, fit for a message of ours
     */
    record Refusal(int status, boolean isFirstHand, String code, String text) {}

    /** Reads the body of a refusal. That of another host than the registry is none of our business. */
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
     * The failure.
     *
     * @param registry its name, for the advice
     * @param hadCredentials whether some were tried
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
                            ? "; this user may not do that, ask the operator of the registry"
                            : "; there are no credentials for " + registry + ", and anonymous users may not do that"));
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
                    said + "; these are more requests than it allows, try again later or log in for a higher limit");
        }
        if (status >= 500 || status == 408) {
            return new OciException.Unavailable(said + "; try again later, or ask the operator of the registry");
        }
        return new OciException.Unavailable(said + "; is it a registry? Check its name");
    }
}
