// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a Unix domain socket. It is removed when the server stops, unless another one has taken its place; after
 * a process that was killed it stays, and is removed by the next one if nobody answers on it.
 */
final class SocketFile {

    private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);

    /** The part of a mode that is the type of a file, and the type of sockets. */
    private static final int TYPE_MASK = 0170000;

    private static final int SOCKET_TYPE = 0140000;

    /** The files of the sockets that were made here; those that a process inherits belong to others. */
    private static final Map<ServerSocketChannel, SocketFile> FILES = Collections.synchronizedMap(new WeakHashMap<>());

    private final Path path;
    private final @Nullable Object key;

    private SocketFile(Path path) throws IOException {
        this.path = path;
        this.key = key(path);
    }

    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /**
     * Opens a listening socket.
     *
     * @throws WagiServerException if that is not possible
     */
    static ServerSocketChannel bind(Path file) {
        Path path = file.toAbsolutePath();
        ServerSocketChannel socket = null;
        boolean good = false;
        try {
            socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                socket.bind(UnixDomainSocketAddress.of(path), Listener.BACKLOG);
            } catch (BindException e) {
                removeStale(path, e);
                socket.bind(UnixDomainSocketAddress.of(path), Listener.BACKLOG);
            }
            FILES.put(socket, new SocketFile(path));
            if (Files.getFileAttributeView(path, PosixFileAttributeView.class) != null) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
            }
            good = true;
            return socket;
        } catch (UnsupportedOperationException e) {
            throw failure(path, "this system has no Unix domain sockets. Name a host and a port.", e);
        } catch (IOException e) {
            throw failure(path, reason(path, e), e);
        } finally {
            if (!good && socket != null) {
                remove(socket);
                Listener.close(socket);
            }
        }
    }

    private static void removeStale(Path path, BindException failure) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw failure; // it is something else
        }
        Object key = key(path);
        if (!isSocket(path)) {
            throw failure(path, "there is a file that is not a socket. Remove it, or choose another path.", failure);
        }
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("refused")) {
                throw failure(
                        path,
                        "there is a socket already, and it cannot be found out whether it is in use (" + e.getMessage()
                                + "). Stop what uses it, or remove it.",
                        e);
            }
            LOG.info("removing {}, on which nobody listens", path);
            if (Objects.equals(key, key(path))) {
                Files.delete(path);
            }
            return;
        }
        throw failure(path, "the socket is in use. Stop what uses it, or choose another path.", failure);
    }

    private static boolean isSocket(Path path) throws IOException {
        try {
            return Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) instanceof Integer mode
                    && (mode & TYPE_MASK) == SOCKET_TYPE;
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        }
    }

    /** Removes the file of a socket that was made here, if it is still there. */
    static void remove(ServerSocketChannel socket) {
        SocketFile file = FILES.remove(socket);
        if (file == null) {
            return;
        }
        try {
            if (Objects.equals(file.key, key(file.path))) {
                Files.delete(file.path);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} was removed by another program", file.path, e);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}; the next start does", file.path, e.toString());
        }
    }

    private static WagiServerException failure(Path path, String reason, Exception cause) {
        return new WagiServerException("Cannot serve on unix:" + path + ": " + reason, cause);
    }

    private static String reason(Path path, IOException failure) {
        Path directory = path.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return "there is no directory " + directory + ". Create it, or choose another path.";
        }
        String message = String.valueOf(failure.getMessage());
        if (message.contains("too long")) {
            return "the path is too long for a socket; most systems allow 107 bytes. Choose a shorter one.";
        }
        return message + ". Choose another path, or change the permissions of its directory.";
    }
}
