// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.transport.BodySource;
import dev.wagi.core.internal.volume.ConfinedDirectory;
import dev.wagi.core.internal.volume.ConfinedFile;
import dev.wagi.core.internal.volume.FileStatus;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.OpenMode;
import dev.wagi.core.internal.volume.Opened;
import dev.wagi.core.internal.volume.VolumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The files of one directory. Thread-safe; may wait for a disk.
 *
 * <p>Everything that cannot be served is answered 404, whatever the reason: the answer does not reveal what else there
 * is. Only a full table of descriptors is the host's failure.
 */
public final class StaticFiles {

    private static final OpenMode READ = new OpenMode(true, false, false, false, false, false, false, false, false);

    /** A file that was changed this short a time ago may be changed once more with the same time. */
    private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Mount mount;
    private final String only;
    private final String index;
    private final MediaTypes types;
    private final Headers.Field caching;
    private final boolean precompressed;

    /**
     * Creates the files of a directory.
     *
     * @param mount the directory
     * @param only the name of the only file that is served; empty for all
     * @param index the file that is served for a directory; empty for none
     * @param types media types by extension, in addition to the usual ones
     * @param caching the value of Cache-Control; empty for none
     * @param precompressed whether {@code name.br} and {@code name.gz} are served in place of {@code name}
     */
    public StaticFiles(
            Mount mount, String only, String index, Map<String, String> types, String caching, boolean precompressed) {
        this.mount = mount;
        this.only = only;
        this.index = index;
        this.types = new MediaTypes(types);
        this.caching = new Headers.Field("Cache-Control", caching);
        this.precompressed = precompressed;
    }

    /**
     * Answers GET or HEAD.
     *
     * @param decoded the path below the route, percent-decoded once
     * @param raw the same as sent
     * @param here the last segment of the URL if a slash can be appended to it; empty if not
     * @param query the query of the URL as sent, with its question mark; empty for none
     * @param request the fields of the request
     * @throws IOException if the host has no descriptor left
     */
    public FileAnswer answer(String decoded, String raw, String here, String query, boolean head, Headers request)
            throws IOException {
        Optional<FilePath> asked =
                only.isEmpty() ? FilePath.parse(decoded, raw) : Optional.of(new FilePath(only, false));
        if (asked.isEmpty()) {
            return FileAnswer.NOT_FOUND;
        }
        FilePath path = asked.get();
        try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
            if (path.directory()) {
                return index.isEmpty() ? FileAnswer.NOT_FOUND : index(root, path, here, query, head, request);
            }
            FileStatus status = root.status(path.names(), true);
            if (status.type() == FileStatus.Type.DIRECTORY) {
                return index.isEmpty() || here.isEmpty() || !isFile(root, path.names() + "/" + index)
                        ? FileAnswer.NOT_FOUND
                        : moved(here, query);
            }
            return status.type() == FileStatus.Type.REGULAR
                    ? file(root, path.names(), head, request)
                    : FileAnswer.NOT_FOUND;
        } catch (VolumeException e) {
            if (e.reason() == VolumeException.Reason.NO_DESCRIPTORS
                    || e.reason() == VolumeException.Reason.INTERRUPTED) {
                throw e;
            }
            return FileAnswer.NOT_FOUND;
        }
    }

    private FileAnswer index(
            ConfinedDirectory root, FilePath path, String here, String query, boolean head, Headers request)
            throws VolumeException {
        String name = path.names().isEmpty() ? index : path.names() + "/" + index;
        if (!isFile(root, name)) {
            return FileAnswer.NOT_FOUND;
        }
        // Links in the page are relative to a URL with a slash at its end.
        return here.isEmpty() ? file(root, name, head, request) : moved(here, query);
    }

    private static boolean isFile(ConfinedDirectory root, String name) throws VolumeException {
        return root.status(name, true).type() == FileStatus.Type.REGULAR;
    }

    /** The reference is relative, because what is in front of the route may be known to a proxy only. */
    private static FileAnswer moved(String here, String query) {
        return FileAnswer.of(301, Headers.of("Location", "./" + here + "/" + query));
    }

    /** Answers with a file that is there itself: what is compressed replaces only its bytes. */
    private FileAnswer file(ConfinedDirectory root, String name, boolean head, Headers request) throws VolumeException {
        if (precompressed) {
            for (Coding coding : Coding.accepted(request.all("Accept-Encoding"))) {
                ConfinedFile compressed = openIfThere(root, name + coding.suffix());
                if (compressed != null) {
                    return answer(compressed, name, coding.token(), head, request);
                }
            }
        }
        ConfinedFile file = openIfThere(root, name);
        return file == null ? FileAnswer.NOT_FOUND : answer(file, name, "", head, request);
    }

    /** Opens a regular file; returns null if there is none. */
    private static @Nullable ConfinedFile openIfThere(ConfinedDirectory root, String name) throws VolumeException {
        Opened opened;
        try {
            opened = root.open(name, true, READ);
        } catch (VolumeException e) {
            if (e.reason() == VolumeException.Reason.NO_DESCRIPTORS
                    || e.reason() == VolumeException.Reason.INTERRUPTED) {
                throw e;
            }
            return null;
        }
        if (opened instanceof ConfinedFile file) {
            return file;
        }
        opened.close();
        return null;
    }

    private FileAnswer answer(ConfinedFile file, String name, String coding, boolean head, Headers request)
            throws VolumeException {
        boolean sent = false;
        try {
            FileAnswer answer = answer(file, file.status(), name, coding, head, request);
            sent = answer.body() != null;
            return answer;
        } finally {
            if (!sent) {
                file.close();
            }
        }
    }

    private FileAnswer answer(
            ConfinedFile file, FileStatus status, String name, String coding, boolean head, Headers request) {
        long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        long size = status.size();
        boolean recent = status.modified() > now - RECENT_NANOS;
        EntityTag tag = EntityTag.of(size, status.modified(), coding, recent);
        long modified = TimeUnit.NANOSECONDS.toSeconds(Math.min(status.modified(), now));
        Headers.Builder fields =
                Headers.builder().add("ETag", tag.toString()).add("Last-Modified", HttpDate.format(modified));
        if (!caching.value().isEmpty()) {
            fields.add(caching.name(), caching.value());
        }
        if (precompressed) {
            fields.add("Vary", "Accept-Encoding");
        }
        int precondition = precondition(request, tag, modified);
        if (precondition != 200) {
            return FileAnswer.of(precondition, precondition == 304 ? fields.build() : Headers.none());
        }
        fields.add("Content-Type", types.of(name))
                .add("X-Content-Type-Options", "nosniff")
                .add("Accept-Ranges", "bytes");
        if (!coding.isEmpty()) {
            fields.add("Content-Encoding", coding);
        }
        ByteRange part = head || !rangeApplies(request, tag, modified, recent)
                ? null
                : ByteRange.parse(request.all("Range"), size);
        if (part == null) {
            return new FileAnswer(200, fields.build(), size, head || size == 0 ? null : new FileSource(file, 0, size));
        }
        String range = part.of(size);
        if (part.length() == 0) {
            return FileAnswer.of(416, Headers.of("Content-Range", range));
        }
        return new FileAnswer(
                206,
                fields.add("Content-Range", range).build(),
                part.length(),
                new FileSource(file, part.first(), part.length()));
    }

    /** RFC 9110, section 13.2.2: returns 200, 304 or 412. */
    private static int precondition(Headers request, EntityTag tag, long modified) {
        List<String> match = request.all("If-Match");
        if (!match.isEmpty()) {
            if (!tag.isIn(match, true)) {
                return 412;
            }
        } else {
            OptionalLong since = date(request, "If-Unmodified-Since");
            if (since.isPresent() && modified > since.getAsLong()) {
                return 412;
            }
        }
        List<String> noneMatch = request.all("If-None-Match");
        if (!noneMatch.isEmpty()) {
            return tag.isIn(noneMatch, false) ? 304 : 200;
        }
        OptionalLong since = date(request, "If-Modified-Since");
        return since.isPresent() && modified <= since.getAsLong() ? 304 : 200;
    }

    /** RFC 9110, section 13.1.5: If-Range has a strong tag of the file, or the date of its last change. */
    private static boolean rangeApplies(Headers request, EntityTag tag, long modified, boolean recent) {
        List<String> values = request.all("If-Range");
        if (values.isEmpty()) {
            return true;
        } else if (values.size() > 1 || recent) {
            return false;
        }
        String value = values.get(0).strip();
        if (value.endsWith("\"")) {
            return tag.opaque().equals(value);
        }
        OptionalLong date = HttpDate.parse(value);
        return date.isPresent() && date.getAsLong() == modified;
    }

    private static OptionalLong date(Headers request, String name) {
        List<String> values = request.all(name);
        return values.size() == 1 ? HttpDate.parse(values.get(0)) : OptionalLong.empty();
    }

    /** A part of an open file. */
    private static final class FileSource implements BodySource {
        private final ConfinedFile file;
        private long position;
        private long rest;

        FileSource(ConfinedFile file, long position, long length) {
            this.file = file;
            this.position = position;
            this.rest = length;
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            if (rest == 0) {
                return -1;
            }
            int limit = bytes.limit();
            bytes.limit((int) Math.min(limit, bytes.position() + rest));
            int read = file.read(bytes, position);
            bytes.limit(limit);
            if (read > 0) {
                position += read;
                rest -= read;
            }
            return read;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
