// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import dev.wagi.fuzz.Lines;
import dev.wagi.fuzz.Promise;
import dev.wagi.oci.internal.auth.Challenge;
import java.util.List;

/** The texts of OCI: the first line is a reference, the others are WWW-Authenticate fields. */
public final class OciTextFuzz {

    private OciTextFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = Lines.of(input);
        try {
            OciReference reference = OciReference.parse(lines.get(0));
            Promise.same(OciReference.parse(reference.toString()), reference, "a reference is equal to what it prints");
            Promise.that(reference.registry().matches("[a-z0-9.:\\[\\]-]+"), "a registry is host and port");
            Promise.that(
                    !("/" + reference.repository() + "/").contains("/../")
                            && !reference.repository().contains("//"),
                    "a repository climbs nowhere");
            Promise.that(
                    reference.target().matches("[A-Za-z0-9_][A-Za-z0-9._:-]*"), "what is asked for stays one segment");
        } catch (IllegalArgumentException e) {
            Promise.that(e.getMessage() != null, "a refusal says why");
        }
        List<Challenge> challenges = Challenge.parse(lines.subList(1, lines.size()));
        Promise.that(challenges.size() <= 16, "challenges have a bound");
        for (Challenge challenge : challenges) {
            Promise.that(!challenge.scheme().isEmpty(), "a challenge has a scheme");
        }
    }
}
