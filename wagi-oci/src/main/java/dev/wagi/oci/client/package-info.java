/**
 * Pulls modules from OCI registries and pushes them there. {@link dev.wagi.oci.client.OciClient} does it; {@link
 * dev.wagi.oci.client.OciModuleResolver} makes it serve {@code oci:} references of a configuration.
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
 * <p>Without a resolver of its own a configuration gets one with the standard settings, if this library is on the class path.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.oci.client;

import org.jspecify.annotations.NullMarked;
