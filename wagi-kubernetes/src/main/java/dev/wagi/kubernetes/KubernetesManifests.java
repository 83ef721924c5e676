// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.kubernetes.internal.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds Kubernetes manifests to a host: {@code Wagi.builder().addSource(KubernetesManifests.of(Path.of("pod.yaml")))}.
 * The containers of Pods with the annotation {@code alpha.wagi.krustlet.dev/modules} are served, and those of the Pod
 * templates of Deployments and other workload resources. All files together are one manifest. Images are pulled from a
 * registry, so {@code wagi-oci} must be on the class path.
 *
 * <p>The annotation {@code alpha.wagi.krustlet.dev/default-host} is the default host unless another one is configured,
 * and the {@link #listenAddress}. A field that is not supported without a cluster is a problem if ignoring it could do
 * harm, and otherwise a warning in the log. The files of mounted ConfigMaps and Secrets, and emptyDir volumes, are in a
 * private temporary directory until the host is closed. docs/configuration.md describes the support for each field.
 */
public final class KubernetesManifests implements ConfigurationSource {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesManifests.class);

    /** Larger files are read again for each host. */
    private static final long MOST_REMEMBERED = 64 << 10;

    private final List<Path> files;
    private volatile @Nullable String address;
    private volatile @Nullable Remembered remembered;

    /** A manifest without problems and volumes of its own, and the content of the files that it was read from. */
    private record Remembered(List<byte[]> content, Manifest manifest) {

        boolean isOf(@Nullable List<byte[]> other) {
            return other != null
                    && other.size() == content.size()
                    && IntStream.range(0, content.size()).allMatch(i -> Arrays.equals(content.get(i), other.get(i)));
        }
    }

    private KubernetesManifests(List<Path> files) {
        this.files = files;
    }

    /**
     * Creates a source from files of any file system, each with one or more documents in YAML or JSON.
     *
     * @param files the files
     * @return a source that reads the files when a host is built, and at each reload
     */
    public static KubernetesManifests of(Path... files) {
        return new KubernetesManifests(List.of(files));
    }

    /**
     * {@return the address at which the Pods expect requests, {@code ip:port}, from their default-host annotation when
     * they were last read} Empty if there is none, before a host is built, and if {@code Wagi.Builder.listenAddress}
     * was called. This source does not itself listen on the address.
     */
    public Optional<String> listenAddress() {
        return Optional.ofNullable(address);
    }

    /**
     * Reads the files now, without a host, and creates no directories: for checks of what a server would listen on.
     *
     * @return the distinct addresses at which the Pods expect requests, {@code ip:port}; more than one if
     *     {@code Wagi.Builder.listenAddress} is needed
     * @throws WagiConfigException if anything is wrong with the files; it lists all problems
     */
    public List<String> readAddresses() {
        Problems problems = Problems.none();
        Manifest manifest = Manifest.read(
                files,
                new Manifest.Directories() {
                    @Override
                    public Path directory(Map<String, byte[]> content) {
                        return Path.of("");
                    }

                    @Override
                    public Path emptyDirectory(String owner, String name) {
                        return Path.of("");
                    }
                },
                problems);
        problems.throwIfAny();
        return manifest.addresses().stream().map(HostPort::toString).toList();
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        Manifest manifest = read(configuration);
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
                            "the Pods have different default-hosts, " + addresses.get(0) + " and " + addresses.get(1)
                                    + ", but one process serves them",
                            Remedy.NAME_LISTEN_ADDRESS);
        }
        address = addresses.get(0).toString();
        configuration.listenAddress(addresses.get(0).toString());
    }

    /** Reads the manifest, or takes the one that was read before if the files are the same. */
    private Manifest read(ConfigurationBuilder configuration) {
        List<byte[]> content = content();
        Remembered before = remembered;
        if (before != null && before.isOf(content)) {
            return before.manifest();
        }
        remembered = null;
        AtomicBoolean hasDirectories = new AtomicBoolean();
        Manifest manifest = Manifest.read(
                files,
                new Manifest.Directories() {
                    @Override
                    public Path directory(Map<String, byte[]> content) throws IOException {
                        hasDirectories.set(true);
                        return configuration.directory(content);
                    }

                    @Override
                    public Path emptyDirectory(String owner, String name) throws IOException {
                        hasDirectories.set(true);
                        return configuration.emptyDirectory(owner, name);
                    }

                    @Override
                    public void look() {
                        hasDirectories.set(true);
                    }
                },
                configuration.problems());
        manifest.warnings().forEach(LOG::warn);
        // A file may have changed while it was read.
        List<byte[]> now = content();
        if (now != null && configuration.problems().isEmpty() && !hasDirectories.get()) {
            Remembered next = new Remembered(now, manifest);
            remembered = next.isOf(content) ? next : null;
        }
        return manifest;
    }

    /** Returns what is in the files; null if they cannot be compared. */
    private @Nullable List<byte[]> content() {
        List<byte[]> content = new ArrayList<>();
        try {
            for (Path file : files) {
                if (!Files.isRegularFile(file) || Files.size(file) > MOST_REMEMBERED) {
                    return null;
                }
                content.add(Files.readAllBytes(file));
            }
        } catch (IOException e) {
            return null; // reading the manifest reports it
        }
        return content;
    }

    /** Returns the files. */
    @Override
    public String toString() {
        return files.stream().map(Path::toString).collect(Collectors.joining(", "));
    }
}
