// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.config.internal.VolumeEntry;
import dev.wagi.core.internal.sandbox.Escape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The volumes of one Pod, which are created when a container mounts them. */
final class PodVolumes {

    /** The maximum size of an emptyDir volume without a limit in bytes, so that a guest cannot fill the disk. */
    private static final long DEFAULT_SIZE = 64L << 20;

    private static final long MAX_FILES = 10_000;

    private static final List<String> KINDS = List.of("configMap", "emptyDir", "hostPath", "secret");

    /** A path below the volume: no empty or dot segments, no backslashes, and slashes only between segments. */
    private static final Pattern ITEM_PATH = Pattern.compile(
            "(?!\\.\\.?(/|$))[^/\\\\:\\x00-\\x1f]{1,255}" + "(/(?!\\.\\.?(/|$))[^/\\\\:\\x00-\\x1f]{1,255}){0,20}");

    private final Manifest.Pod pod;
    private final Map<String, ConfigData> data;
    private final Manifest.Directories directories;
    private final Map<String, Section> volumes = new LinkedHashMap<>();
    private final Map<String, Directory> made = new LinkedHashMap<>();
    private final Set<String> unused = new TreeSet<>();

    /** The directory of a volume; its path is null if a problem was added. */
    private record Directory(@Nullable Path path, boolean writable, long maxBytes, long maxFiles) {
        private static final Directory NONE = new Directory(null, false, 0, 0);
    }

    PodVolumes(Manifest.Pod pod, Map<String, ConfigData> data, Manifest.Directories directories) {
        this.pod = pod;
        this.data = data;
        this.directories = directories;
        for (Section volume : pod.spec().sections("volumes", "volume", item -> item.path("name"))) {
            volume.required("name").ifPresent(name -> {
                if (volumes.put(name, volume) != null) {
                    volume.problem("name", "is the name of another volume of the Pod; give each its own");
                }
                unused.add(name);
            });
        }
    }

    /** Returns the volumes that a container mounts. */
    List<VolumeEntry> mounts(Section container) {
        List<VolumeEntry> mounts = new ArrayList<>();
        for (Section mount : container.sections("volumeMounts", "volumeMount", item -> item.path("name"))) {
            mount.check(Fields.MOUNT);
            String name = mount.required("name").orElse("");
            String guest = mount.required("mountPath").orElse("");
            Section volume = volumes.get(name);
            if (volume == null) {
                if (!name.isEmpty()) {
                    mount.problem(
                            "name",
                            volumes.isEmpty()
                                    ? "there is no such volume in the Pod's volumes, which are none"
                                    : "there is no such volume in the Pod's volumes, which are "
                                            + Escape.line(String.join(", ", volumes.keySet())));
                }
                continue;
            }
            unused.remove(name);
            Directory directory = made.get(name);
            if (directory == null) {
                directory = make(name, volume);
                made.put(name, directory);
            }
            if (directory.path() != null && !guest.isEmpty()) {
                boolean writable = directory.writable() && !mount.flag("readOnly");
                mounts.add(new VolumeEntry(
                        // Kubernetes accepts a trailing slash.
                        guest.length() > 1 && guest.endsWith("/") ? guest.substring(0, guest.length() - 1) : guest,
                        directory.path().toString(),
                        writable,
                        writable ? directory.maxBytes() : VolumeEntry.UNLIMITED,
                        writable ? directory.maxFiles() : VolumeEntry.UNLIMITED));
            }
        }
        return mounts;
    }

    /** Warns about volumes that no container mounts. Their sources are not checked. */
    void checkUnused() {
        for (String name : unused) {
            Objects.requireNonNull(volumes.get(name)).warn("is not mounted by any container, so it is ignored");
        }
    }

    private Directory make(String name, Section volume) {
        volume.check(Fields.VOLUME);
        List<String> kinds = new ArrayList<>();
        boolean refused = false;
        for (String key : Fields.VOLUME.names()) {
            boolean there = volume.node().path(key).isObject();
            if (there && KINDS.contains(key)) {
                kinds.add(key);
            }
            refused |= there && !KINDS.contains(key);
        }
        if (kinds.size() + (refused ? 1 : 0) != 1) {
            volume.findings()
                    .problem(
                            volume.place(),
                            "is not exactly one of emptyDir, hostPath, configMap and secret; name its kind");
            return Directory.NONE;
        }
        if (refused) {
            return Directory.NONE; // already reported by the check
        }
        String kind = kinds.get(0);
        Section source = volume.section(kind);
        try {
            return switch (kind) {
                case "emptyDir" -> empty(name, source);
                case "hostPath" -> host(source);
                default -> filled(source, kind);
            };
        } catch (IOException e) {
            volume.findings().problem(volume.place(), "its directory cannot be created: " + e.getMessage());
            return Directory.NONE;
        }
    }

    private Directory empty(String name, Section source) throws IOException {
        source.check(Fields.EMPTY_DIRECTORY);
        long size = source.quantity("sizeLimit").orElse(DEFAULT_SIZE);
        return new Directory(directories.emptyDirectory(pod.object().place(), name), true, size, MAX_FILES);
    }

    private Directory host(Section source) throws IOException {
        source.check(Fields.HOST_PATH);
        String text = source.required("path").orElse("");
        if (text.isEmpty()) {
            return Directory.NONE;
        }
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException e) {
            source.problem(
                    "path",
                    Escape.forLog(text) + " has a character that file names do not have in this locale; set LC_ALL, for"
                            + " instance to C.UTF-8");
            return Directory.NONE;
        }
        if (!path.isAbsolute()) {
            source.problem("path", Escape.forLog(text) + " is not an absolute path; Kubernetes requires it");
            return Directory.NONE;
        }
        String type = source.text("type").orElse("");
        switch (type) {
            case "", "Directory" -> {}
            case "DirectoryOrCreate" -> {
                directories.look();
                Files.createDirectories(path);
            }
            default -> {
                source.problem(
                        "type",
                        Escape.forLog(type) + " cannot be mounted: guests see directories only; name the"
                                + " directory that it is in");
                return Directory.NONE;
            }
        }
        return new Directory(path, true, VolumeEntry.UNLIMITED, VolumeEntry.UNLIMITED);
    }

    /** Creates a volume from a ConfigMap or a Secret: a file for each key, or for the listed keys. */
    private Directory filled(Section source, String field) throws IOException {
        boolean secret = field.equals("secret");
        source.check(secret ? Fields.SECRET_VOLUME : Fields.CONFIG_MAP_VOLUME);
        String kind = secret ? "Secret" : "ConfigMap";
        String name = source.required(secret ? "secretName" : "name").orElse("");
        boolean optional = source.flag("optional");
        ConfigData found = data.get(ConfigData.key(kind, pod.namespace(), name));
        if (found == null && !optional) {
            if (!name.isEmpty()) {
                source.problem(
                        field,
                        "there is no " + kind + " " + Escape.forLog(name) + " in the manifest, namespace "
                                + Escape.text(pod.namespace()) + "; add it as a document, or write optional: true");
            }
            return Directory.NONE;
        }
        Map<String, byte[]> entries = found == null ? Map.of() : found.entries();
        Map<String, byte[]> files = new LinkedHashMap<>(entries);
        List<Section> items = source.sections("items", "item", item -> item.path("key"));
        if (!items.isEmpty()) {
            files.clear();
        }
        boolean good = true;
        for (Section item : items) {
            item.check(Fields.ITEM);
            String key = item.required("key").orElse("");
            String path = item.required("path").orElse("");
            byte[] content = entries.get(key);
            if (!path.isEmpty() && !ITEM_PATH.matcher(path).matches()) {
                item.problem(
                        "path",
                        Escape.forLog(path) + " is not a path below the volume; write it without '..' and without"
                                + " a slash at its beginning");
                good = false;
            } else if (content == null && !key.isEmpty() && !optional) {
                item.problem("key", "there is no such key in the " + kind + "; add it, or write optional: true");
                good = false;
            } else if (content != null && !path.isEmpty()) {
                files.put(path, content);
            }
        }
        return good ? new Directory(directories.directory(files), false, 0, 0) : Directory.NONE;
    }
}
