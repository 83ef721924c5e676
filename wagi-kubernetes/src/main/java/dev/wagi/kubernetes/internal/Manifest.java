// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.config.internal.ModuleSettings;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.sandbox.Escape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the modules to serve from manifests: the containers of Pods, and of the Pod templates of Deployments,
 * ReplicaSets, ReplicationControllers, StatefulSets and DaemonSets. ConfigMaps and Secrets in the manifests are their
 * data. Other kinds are ignored with a warning.
 *
 * <pre>
 * apiVersion: v1
 * kind: Pod
 * metadata:
 *   name: demo
 *   annotations:
 *     alpha.wagi.krustlet.dev/default-host: "0.0.0.0:3001"
 *     alpha.wagi.krustlet.dev/modules: '{"hello": {"route": "/hello/..."}}'
 * spec:
 *   containers:
 *     - name: hello
 *       image: example.org/hello:v1.0.0
 * </pre>
 */
public final class Manifest {

    private static final String CORE = "v1";
    private static final String DEFAULT_NAMESPACE = "default";
    private static final Set<String> APPS = Set.of("apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1");

    /** The kinds that own a Pod template, and the API versions that define them. */
    private static final Map<String, Set<String>> OWNERS = Map.of(
            "DaemonSet", APPS,
            "Deployment", APPS,
            "ReplicaSet", APPS,
            "ReplicationController", Set.of(CORE),
            "StatefulSet", APPS);

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    private final List<ModuleSettings> modules = new ArrayList<>();
    private final Set<HostPort> addresses = new LinkedHashSet<>();
    private final Map<String, ConfigData> data = new HashMap<>();
    private final Findings findings;

    /** Creates the directories of volumes. */
    public interface Directories {
        /**
         * Creates a directory with these files, which are not modified.
         *
         * @throws IOException if there are too many files, or they cannot be written
         */
        Path directory(Map<String, byte[]> files) throws IOException;

        /**
         * Returns a directory that is initially empty, and the same one for each load.
         *
         * @throws IOException if it cannot be created
         */
        Path emptyDirectory(String owner, String name) throws IOException;

        /** Called before a directory of this machine is looked at. */
        default void look() {
            // Nobody needs to know.
        }
    }

    private Manifest(Findings findings) {
        this.findings = findings;
    }

    /**
     * Reads files, which together are one manifest: the Pods in each file can use the ConfigMaps and Secrets in all of
     * them.
     *
     * @param directories creates the directories of volumes
     * @param problems receives every problem, with file, document, object and field
     */
    public static Manifest read(List<Path> files, Directories directories, Problems problems) {
        Manifest manifest = new Manifest(new Findings(problems));
        List<Pod> pods = new ArrayList<>();
        for (Path file : files) {
            Path directory = file.toAbsolutePath().getParent();
            for (Section object : ManifestFile.read(file, manifest.findings)) {
                manifest.sort(object, directory == null ? Path.of("") : directory, pods);
            }
        }
        if (pods.isEmpty() && !files.isEmpty()) {
            problems.add(
                    files.get(0).toString(),
                    "there is no Pod in the manifest, and no Deployment, ReplicaSet, ReplicationController,"
                            + " StatefulSet or DaemonSet; is it a modules.toml?",
                    Remedy.PASS_AS_CONFIGURATION);
        }
        for (Pod pod : pods) {
            PodReader reader = new PodReader(pod, manifest.data, directories);
            manifest.modules.addAll(reader.modules());
            reader.address().ifPresent(manifest.addresses::add);
        }
        return manifest;
    }

    /** Returns the modules, not validated, in the order of the files. */
    public List<ModuleSettings> modules() {
        return List.copyOf(modules);
    }

    /** Returns the distinct addresses at which the Pods expect requests; usually one or none. */
    public List<HostPort> addresses() {
        return List.copyOf(addresses);
    }

    /** Returns a sentence for each field that is ignored, with its location. */
    public List<String> warnings() {
        return findings.warnings();
    }

    /** Stores an object as data or as a Pod, depending on its kind. */
    private void sort(Section found, Path directory, List<Pod> pods) {
        String kind = found.required("kind").orElse("");
        String version = found.required("apiVersion").orElse("");
        if (kind.isEmpty() || version.isEmpty()) {
            return;
        }
        Section metadata = found.section("metadata");
        String name = metadata.text("name").orElse("");
        String namespace = metadata.text("namespace").orElse(DEFAULT_NAMESPACE);
        Section object = found.at(found.place() + ", " + Escape.text(kind) + " " + Escape.text(name));
        boolean isPod = kind.equals("Pod") && version.equals(CORE);
        boolean isData = (kind.equals("ConfigMap") || kind.equals("Secret")) && version.equals(CORE);
        boolean isOwner = OWNERS.getOrDefault(kind, Set.of()).contains(version);
        if (!isPod && !isData && !isOwner) {
            object.warn(
                    "is of a kind that has no meaning without a cluster (" + Escape.text(version) + "); it is ignored");
            return;
        }
        object.at(object.place() + ", metadata").section("metadata").check(Fields.METADATA);
        if (!NAME.matcher(name).matches()) {
            object.problem(
                    "metadata.name",
                    Escape.forLog(name)
                            + " is not a valid name; a name has up to 253 lower-case letters, digits, '-' and '.'");
            return;
        }
        if (isData) {
            ConfigData content = kind.equals("Secret") ? ConfigData.secret(object) : ConfigData.configMap(object);
            if (data.put(ConfigData.key(kind, namespace, name), content) != null) {
                object.problem("metadata.name", "is the name of another " + kind + "; give each its own");
            }
            return;
        }
        object.check(Fields.OBJECT);
        Section spec = object.section("spec");
        if (isPod) {
            pods.add(new Pod(object, metadata, spec, name, namespace, directory));
            return;
        }
        spec.check(Fields.OWNER_SPEC);
        spec.number("replicas").ifPresent(number -> {
            if (number != 1) {
                object.warn("replicas is " + number + ", but one process serves it; start others yourself");
            }
        });
        Section template = spec.section("template");
        template.check(Fields.TEMPLATE);
        Section inner = template.section("metadata");
        inner.check(Fields.METADATA);
        pods.add(new Pod(object, inner, template.section("spec"), name, namespace, directory));
    }

    /**
     * A Pod, or the Pod that an owner would create from its template.
     *
     * @param object the Pod or its owner, for locations in messages
     * @param metadata the metadata of the Pod
     * @param name the name of the Pod or its owner
     * @param directory the base directory for relative paths
     */
    record Pod(Section object, Section metadata, Section spec, String name, String namespace, Path directory) {}
}
