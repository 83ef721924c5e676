// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.oci.client.OciClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How registries are spoken to. */
final class RegistryOptions {

    @Option(
            names = "--registry-mirror",
            paramLabel = "FROM=TO",
            description = "Ask registry TO for the images of registry FROM; TO may have a path, as in"
                    + " docker.io=cache.example:5000/hub. May be given several times.")
    private List<String> mirrors = new ArrayList<>();

    @Option(
            names = "--insecure-registry",
            paramLabel = "HOST[:PORT]",
            description =
                    "Speak plain HTTP to this registry: others on the way can read passwords and change images. May be"
                            + " given several times.")
    private List<String> insecure = new ArrayList<>();

    @Option(
            names = "--registry-ca",
            paramLabel = "FILE",
            description = "Certificates to trust in addition to Java's own, PEM.")
    private @Nullable Path authority;

    @Option(
            names = "--registry-config",
            paramLabel = "FILE",
            description = "Credentials in the form of Docker's config.json; by default those of podman and Docker.")
    private @Nullable Path credentials;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /**
     * A client with these settings.
     *
     * @throws ParameterException if one of them is malformed
     */
    OciClient.Builder client() {
        OciClient.Builder client = OciClient.builder().proxies(System.getenv());
        if (credentials == null) {
            client.addDockerCredentials();
        } else {
            client.addDockerCredentials(credentials);
        }
        for (String mirror : mirrors) {
            int equals = mirror.indexOf('=');
            if (equals < 1) {
                throw Failures.usage(
                        spec,
                        "--registry-mirror: \"" + mirror + "\" is not FROM=TO; write for instance"
                                + " docker.io=cache.example:5000");
            }
            check(
                    "--registry-mirror",
                    mirror,
                    () -> client.addMirror(mirror.substring(0, equals), mirror.substring(equals + 1)));
        }
        for (String host : insecure) {
            check("--insecure-registry", host, () -> client.addInsecureRegistry(host));
        }
        if (authority != null) {
            client.certificateAuthority(authority);
        }
        return client;
    }

    private void check(String option, String value, Runnable use) {
        try {
            use.run();
        } catch (IllegalArgumentException e) {
            throw Failures.usage(spec, option + ": \"" + value + "\" " + e.getMessage());
        }
    }
}
