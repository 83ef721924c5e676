/**
 * Pulls modules from OCI registries and pushes modules to them. {@link dev.wagi.oci.client.OciClient} is the client;
 * {@link dev.wagi.oci.client.OciModuleResolver} uses it for the {@code oci:} references of a configuration.
 *
 * <pre>{@code
 * OciClient client = OciClient.builder()
 *         .addDockerCredentials()
 *         .build();
 * Wagi wagi = Wagi.builder()
 *         .addResolver(OciModuleResolver.of(client))
 *         .addModule(m -> m.route("/hello/...").source("oci:example.org/hello:v1"))
 *         .build();
 * }</pre>
 *
 * <p>If no resolver is added and this library is on the class path, a resolver with the standard settings is used.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.oci.client;

import org.jspecify.annotations.NullMarked;
