// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells when files change, however that is done: written in place, replaced by renaming, reached through another
 * symbolic link, made, removed, the same for any directory above them.
 *
 * <p>For every file the directories on its path are watched, links followed, each for the one name that matters:
 *
 * <pre>
 * /srv/site/a.wasm, site is a link to v1:    "srv" in /, "site" and "v1" in /srv, "a.wasm" in /srv/v1
 * </pre>
 *
 * <p>An event for one of the names only says where to look: whether a file changed is seen from its attributes. Files
 * may be added by any thread; one thread waits.
 */
final class FileWatch implements AutoCloseable {

    /** A file is written in several steps: what counts is the state after them. */
    static final Duration QUIET = Duration.ofMillis(100);

    private static final String UNIX_ATTRIBUTES = "unix:dev,ino,ctime,size,lastModifiedTime";
    private static final String BASIC_ATTRIBUTES = "basic:fileKey,creationTime,size,lastModifiedTime";

    /** As many as Linux follows. */
    private static final int MAX_LINKS = 40;

    private final WatchService service;
    private final String attributes;
    private final Consumer<String> warnings;
    private final Set<Path> unwatchable = new HashSet<>();

    /** The files as they were when they were added. */
    private final Map<Path, Map<String, ?>> added = new LinkedHashMap<>(); // guarded by this

    /** The names that matter in each watched directory. */
    private Map<WatchKey, Set<Path>> names = new HashMap<>(); // guarded by this

    private FileWatch(WatchService service, String attributes, Consumer<String> warnings) {
        this.service = service;
        this.attributes = attributes;
        this.warnings = warnings;
    }

    /**
     * A watch of no files.
     *
     * @param warnings is notified of directories that cannot be watched, once each
     */
    static FileWatch open(Consumer<String> warnings) throws IOException {
        boolean unix = FileSystems.getDefault().supportedFileAttributeViews().contains("unix");
        return new FileWatch(
                FileSystems.getDefault().newWatchService(), unix ? UNIX_ATTRIBUTES : BASIC_ATTRIBUTES, warnings);
    }

    /** Forgets all files. */
    synchronized void clear() {
        added.clear();
    }

    /** Watches a file, from its present state on: to be called before it is read. It need not exist. */
    synchronized void add(Path file) {
        Path absolute = file.toAbsolutePath();
        new Walk(names).along(absolute);
        added.put(absolute, state(absolute));
    }

    /**
     * Waits until files are different from what they were when they were added, and then until nothing happens to them
     * for a moment.
     *
     * @throws ClosedWatchServiceException when this is closed
     */
    void awaitChange() throws InterruptedException {
        Map<Path, Map<String, ?>> present = inspect();
        while (true) {
            if (!isAsAdded(present)) {
                present = settle(present);
                if (!isAsAdded(present)) {
                    return;
                }
            } else if (isRelevant(service.take())) {
                present = inspect();
            }
        }
    }

    /** Ends the wait. */
    @Override
    public void close() {
        try {
            service.close();
        } catch (IOException e) {
            // There is nothing left to watch.
        }
    }

    /** The state in which the files stay for a while. */
    private Map<Path, Map<String, ?>> settle(Map<Path, Map<String, ?>> first) throws InterruptedException {
        Map<Path, Map<String, ?>> present = first;
        long changed = System.nanoTime();
        while (true) {
            long left = QUIET.toNanos() - (System.nanoTime() - changed);
            WatchKey key = service.poll(Math.max(left, 0), TimeUnit.NANOSECONDS);
            boolean relevant = key != null && isRelevant(key);
            if (key != null && !relevant) {
                continue;
            }
            Map<Path, Map<String, ?>> now = inspect();
            if (!relevant && now.equals(present)) {
                return now;
            }
            present = now;
            changed = System.nanoTime();
        }
    }

    /** Empties a key; whether anything in it concerns a file. */
    private synchronized boolean isRelevant(WatchKey key) {
        Set<Path> wanted = names.getOrDefault(key, Set.of());
        boolean relevant = false;
        for (WatchEvent<?> event : key.pollEvents()) {
            relevant |= event.kind() == StandardWatchEventKinds.OVERFLOW || wanted.contains(event.context());
        }
        // A directory that is gone is found again by its name in the one above.
        return !key.reset() && !wanted.isEmpty() || relevant;
    }

    private synchronized boolean isAsAdded(Map<Path, Map<String, ?>> present) {
        return present.equals(added);
    }

    /** The files as they are, after watching what their paths now lead through. */
    private synchronized Map<Path, Map<String, ?>> inspect() {
        Map<WatchKey, Set<Path>> before = names;
        names = new HashMap<>();
        Walk walk = new Walk(names);
        added.keySet().forEach(walk::along);
        before.keySet().stream().filter(key -> !names.containsKey(key)).forEach(WatchKey::cancel);
        Map<Path, Map<String, ?>> present = new LinkedHashMap<>();
        added.keySet().forEach(file -> present.put(file, state(file)));
        return present;
    }

    private Map<String, ?> state(Path file) {
        try {
            return Files.readAttributes(file, attributes);
        } catch (IOException e) {
            return Map.of(); // there is none, or it is out of reach: all the same until something happens
        }
    }

    /** Watches directories, each once. */
    private final class Walk {
        private final Map<WatchKey, Set<Path>> found;
        private final Map<Path, Set<Path>> known = new HashMap<>();

        Walk(Map<WatchKey, Set<Path>> found) {
            this.found = found;
        }

        void along(Path file) {
            Deque<Path> ahead = new ArrayDeque<>();
            file.forEach(ahead::addLast);
            Path at = file.getRoot();
            int links = 0;
            while (!ahead.isEmpty()) {
                Path name = ahead.removeFirst();
                if (name.toString().equals("..")) {
                    at = at.getParent() == null ? at : at.getParent();
                    continue;
                }
                if (name.toString().isEmpty() || name.toString().equals(".")) {
                    continue;
                }
                register(at, ahead.isEmpty()).add(name);
                Path next = at.resolve(name);
                try {
                    Path target = Files.readSymbolicLink(next);
                    if (++links > MAX_LINKS) {
                        return;
                    }
                    at = target.isAbsolute() ? target.getRoot() : at;
                    for (int i = target.getNameCount() - 1; i >= 0; i--) {
                        ahead.addFirst(target.getName(i));
                    }
                } catch (IOException | UnsupportedOperationException e) {
                    // Not a link. What does not exist is waited for in the directory that does.
                    if (!Files.exists(next)) {
                        return;
                    }
                    at = next;
                }
            }
        }

        /** The set of names for a directory; one that nobody looks at if it cannot be watched. */
        private Set<Path> register(Path directory, boolean holdsFile) {
            return known.computeIfAbsent(directory, path -> {
                try {
                    WatchKey key = path.register(
                            service,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_DELETE,
                            StandardWatchEventKinds.ENTRY_MODIFY);
                    return found.computeIfAbsent(key, any -> new HashSet<>());
                } catch (NoSuchFileException | NotDirectoryException e) {
                    return new HashSet<>();
                } catch (IOException e) {
                    // Directories further up need not be readable, and change rarely.
                    if (holdsFile && unwatchable.add(path)) {
                        warnings.accept("cannot watch " + path + ", changes in it are not seen: " + e
                                + "; if it is the system's limit, raise fs.inotify.max_user_watches");
                    }
                    return new HashSet<>();
                }
            });
        }
    }
}
