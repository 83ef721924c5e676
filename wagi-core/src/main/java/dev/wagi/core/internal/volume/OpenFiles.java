// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files that guests have open in a host directory: where each is by now, and whether its name is gone. The JDK cannot ask
 * an open file for it.
 *
 * <p>Thread-safe; nothing is done with files while its monitor is held.
 */
final class OpenFiles {

    private final Map<Object, Node> nodes = new HashMap<>();

    /** One file, however often it is open. */
    static final class Node {
        private final @Nullable Object key;
        private final List<ConfinedFile> handles = new ArrayList<>();
        private List<String> names;
        private boolean removed;
        private long accessed;
        private long modified;

        private Node(@Nullable Object key, List<String> names) {
            this.key = key;
            this.names = List.copyOf(names);
        }

        /** Its names from the root of the volume; what they were when it was removed, if it was. */
        synchronized List<String> names() {
            return names;
        }

        /** Whether a guest has removed its name, or put another file there. */
        synchronized boolean isRemoved() {
            return removed;
        }

        synchronized long accessed() {
            return accessed;
        }

        synchronized long modified() {
            return modified;
        }

        /** Its times, in nanoseconds; null leaves one as it is. */
        synchronized void setTimes(@Nullable Long newModified, @Nullable Long newAccessed) {
            modified = newModified == null ? modified : newModified;
            accessed = newAccessed == null ? accessed : newAccessed;
        }

        private synchronized void moved(List<String> from, List<String> to) {
            if (!removed
                    && names.size() >= from.size()
                    && names.subList(0, from.size()).equals(from)) {
                List<String> now = new ArrayList<>(to);
                now.addAll(names.subList(from.size(), names.size()));
                names = List.copyOf(now);
            }
        }

        private synchronized void gone() {
            removed = true;
        }
    }

    /** A file was opened. */
    synchronized Node opened(BasicFileAttributes attributes, List<String> names, ConfinedFile file) {
        Object key = attributes.fileKey();
        Node node = key == null ? new Node(null, names) : nodes.computeIfAbsent(key, any -> new Node(key, names));
        if (node.handles.isEmpty()) {
            node.setTimes(FileStatus.time(attributes.lastModifiedTime()), FileStatus.time(attributes.lastAccessTime()));
        }
        node.handles.add(file);
        return node;
    }

    /**
     * A handle is about to be closed.
     *
     * @return whether it is the last one of a file without name
     */
    synchronized boolean closing(ConfinedFile file) {
        Node node = file.node();
        if (!node.handles.remove(file) || !node.handles.isEmpty()) {
            return false;
        }
        if (node.key != null) {
            nodes.remove(node.key);
        }
        return node.isRemoved();
    }

    /**
     * A name is gone.
     *
     * @return whether the file is open
     */
    synchronized boolean removed(@Nullable Object key) {
        Node node = key == null ? null : nodes.get(key);
        if (node == null) {
            return false;
        }
        node.gone();
        return true;
    }

    /** A file or directory has another name. */
    synchronized void renamed(List<String> from, List<String> to) {
        nodes.values().forEach(node -> node.moved(from, to));
    }

    /** How much room files without names take. */
    long bytesOfRemoved() {
        List<ConfinedFile> removed = new ArrayList<>();
        synchronized (this) {
            for (Node node : nodes.values()) {
                if (node.isRemoved()) {
                    removed.add(node.handles.get(0));
                }
            }
        }
        return removed.stream().mapToLong(ConfinedFile::sizeIfKnown).sum();
    }
}
