// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.wat.Wat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Files that arguments name, with what can be wrong about them in words of ours. */
final class InputFile {

    private static final long MIB = 1 << 20;

    /** As much as a configuration may name. */
    private static final long MAX_MODULE_BYTES = 512 * MIB;

    /** A share of the heap: the host keeps a body as well, and so may a guest. */
    private static final int MAX_BODY_BYTES =
            (int) Math.min(256 * MIB, Runtime.getRuntime().maxMemory() / 8);

    /** Far more than a person writes. */
    private static final int MAX_SMALL_BYTES = 1 << 20;

    private InputFile() {}

    /**
     * A small file that an option names.
     *
     * @param option for messages
     * @param kind what it should be, for messages
     * @param problems takes why it cannot be read
     * @return empty if it cannot be read
     */
    static Optional<byte[]> small(Path file, String option, String kind, List<String> problems) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_SMALL_BYTES + 1);
            if (bytes.length <= MAX_SMALL_BYTES) {
                return Optional.of(bytes);
            }
            problems.add(file + ": is larger than " + MAX_SMALL_BYTES / MIB + " MiB; is it a " + kind + "?");
        } catch (NoSuchFileException e) {
            problems.add(file + ": there is no such file; check the path given with " + option);
        } catch (IOException e) {
            problems.add(file + ": cannot be read, given with " + option + ": "
                    + (Files.isDirectory(file) ? "it is a directory" : e));
        }
        return Optional.empty();
    }

    /**
     * A path of an argument or a variable.
     *
     * @throws IllegalArgumentException if it is none; the text goes on after what was given
     */
    static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            String names = System.getProperty("sun.jnu.encoding", "");
            boolean known = Charset.isSupported(names)
                    && Charset.forName(names).newEncoder().canEncode(text);
            throw new IllegalArgumentException(
                    known
                            ? "is not a path of this system; correct it"
                            : "has a character that file names do not have in this locale (" + names
                                    + "); set for instance LC_ALL=C.UTF-8",
                    e);
        }
    }

    /** The path that a variable of the environment names. */
    static Path path(String variable, String text) throws IOException {
        try {
            return path(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(variable + ": \"" + text + "\" " + e.getMessage(), e);
        }
    }

    /** A module in binary form; text is assembled. What a file holds if it is something else. */
    static byte[] module(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory; name a .wasm or .wat file in it");
        }
        if (!Files.exists(file)) {
            throw new IOException("there is no file " + file + "; check the path");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is not a regular file; name a .wasm or .wat file");
        }
        byte[] bytes;
        try {
            if (Files.size(file) > MAX_MODULE_BYTES) {
                throw new IOException(file + " is larger than " + MAX_MODULE_BYTES / MIB + " MiB; is it a module?");
            }
            bytes = Files.readAllBytes(file);
        } catch (java.nio.file.FileSystemException e) {
            throw new IOException("cannot read " + file + ": " + e, e);
        }
        return file.toString().endsWith(".wat") ? Wat.assemble(file.toString(), bytes) : bytes;
    }

    /**
     * All of a request's body.
     *
     * @param name the file, for messages
     */
    static byte[] body(InputStream in, String name) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BODY_BYTES + 1);
        if (bytes.length > MAX_BODY_BYTES) {
            throw new IOException(name + ", given with -d, is larger than " + MAX_BODY_BYTES / MIB
                    + " MiB; send it with curl to 'wagi serve', or raise the heap with WAGI_JAVA_OPTS=-Xmx");
        }
        return bytes;
    }
}
