// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes;

import dev.wagi.core.api.Remedy;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.kubernetes.internal.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kubernetes manifests, for a host: {@code Wagi.builder().addSource(KubernetesManifests.of(Path.of("pod.yaml")))}. Served are the
 * containers of Pods with the annotation {@code alpha.wagi.krustlet.dev/modules}, and of the Pod templates of Deployments and
 * their like. All files are one manifest. Images come from a registry: {@code wagi-oci} must be on the class path.
 *
 * <p>The annotation {@code alpha.wagi.krustlet.dev/default-host} is the default host unless something else names one, and
 * {@link #listenAddress}. What a manifest asks for and cannot have without a cluster is a problem if it could do harm to run
 * without it, and else a warning in the log. The files of ConfigMaps and Secrets that are mounted, and emptyDir volumes, are in a
 * private temporary directory until the host is closed. docs/configuration.md says what becomes of each field.
 */
public final class KubernetesManifests implements ConfigurationSource {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesManifests.class);

    private final List<Path> files;
    private volatile @Nullable String address;

    private KubernetesManifests(List<Path> files) {
        this.files = files;
    }

    /**
     * Files with one or more documents each, YAML or JSON; of any file system.
     *
     * @param files the files; they are read when a host is built
     * @return a source that reads them when a host is built, and at each reload
     */
    public static KubernetesManifests of(Path... files) {
        return new KubernetesManifests(List.of(files));
    }

    /**
     * {@return where the manifests want requests to come in, {@code ip:port}: their default-host annotation, when they
     * were read last} Empty if there is none, before a host is built, and if {@code Wagi.Builder.listenAddress} was
     * called. Nothing listens there until somebody does.
     */
    public Optional<String> listenAddress() {
        return Optional.ofNullable(address);
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        Manifest manifest = Manifest.read(
                files,
                new Manifest.Directories() {
                    @Override
                    public Path directory(Map<String, byte[]> content) throws IOException {
                        return configuration.directory(content);
                    }

                    @Override
                    public Path emptyDirectory(String owner, String name) throws IOException {
                        return configuration.emptyDirectory(owner, name);
                    }
                },
                configuration.problems());
        manifest.warnings().forEach(LOG::warn);
        manifest.modules().forEach(module -> configuration.addModule(module::applyTo));
        address = null;
        List<HostPort> addresses = manifest.addresses();
        if (addresses.isEmpty() || configuration.hasListenAddress()) {
            return;
        }
        if (addresses.size() > 1) {
            configuration
                    .problems()
                    .add(
                            toString(),
                            "the Pods want different default-hosts, " + addresses.get(0) + " and " + addresses.get(1)
                                    + ", and one process serves them",
                            Remedy.NAME_LISTEN_ADDRESS);
        }
        address = addresses.get(0).toString();
        configuration.listenAddress(addresses.get(0).toString());
    }

    /** The files. */
    @Override
    public String toString() {
        return files.stream().map(Path::toString).collect(Collectors.joining(", "));
    }
}
