// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The annotations of Krustlet's WAGI provider on a pod.
 *
 * @param defaultHost the address {@code ip:port}; null if the annotation is missing
 * @param modules JSON with a route for each container; null if the annotation is missing
 */
record PodAnnotations(
        @Nullable String defaultHost, @Nullable String modules) {

    static final String PREFIX = "alpha.wagi.krustlet.dev/";
    static final String DEFAULT_HOST = PREFIX + "default-host";
    static final String MODULES = PREFIX + "modules";

    /** The default address of the WAGI provider. */
    private static final String DEFAULT_ADDRESS = "127.0.0.1:3000";

    static PodAnnotations of(Pod pod) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return annotations == null
                ? new PodAnnotations(null, null)
                : new PodAnnotations(annotations.get(DEFAULT_HOST), annotations.get(MODULES));
    }

    boolean isWagi() {
        return defaultHost != null || modules != null;
    }

    /**
     * Returns the address at which the pod is served: that of its annotation, otherwise the first port of its
     * containers on all addresses.
     */
    String address(Pod pod) {
        if (defaultHost != null) {
            return defaultHost;
        }
        return pod.getSpec().getContainers().stream()
                .map(PodAnnotations::port)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(DEFAULT_ADDRESS);
    }

    private static Optional<String> port(Container container) {
        if (container.getPorts() == null || container.getPorts().isEmpty()) {
            return Optional.empty();
        }
        ContainerPort port = container.getPorts().get(0);
        Integer number = port.getHostPort() == null ? port.getContainerPort() : port.getHostPort();
        String host = port.getHostIP() == null || port.getHostIP().isEmpty() ? "0.0.0.0" : port.getHostIP();
        return Optional.ofNullable(number).map(any -> (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + number);
    }
}
