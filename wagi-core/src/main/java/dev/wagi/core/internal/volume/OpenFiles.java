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
 * The files that guests have open in a host directory: the current path of each, and whether its name was removed. The
 * JDK cannot determine this for an open file.
 *
 * <p>Thread-safe; no file operation is done while its monitor is held.
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

        /** Returns its names from the root of the volume; if it was removed, those it had then. */
        synchronized List<String> names() {
            return names;
        }

        /** Returns whether a guest has removed its name, or has replaced it with another file. */
        synchronized boolean isRemoved() {
            return removed;
        }

        synchronized long accessed() {
            return accessed;
        }

        synchronized long modified() {
            return modified;
        }

        /** Sets its times, in nanoseconds; null leaves one unchanged. */
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

    /** Records that a file was opened. */
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
     * Records that a handle is about to be closed.
     *
     * @return whether it is the last handle of a file without a name
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
     * Records that a name was removed.
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

    /** Records that a file or directory was renamed. */
    synchronized void renamed(List<String> from, List<String> to) {
        nodes.values().forEach(node -> node.moved(from, to));
    }

    /** Returns the total size of open files without a name. */
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
