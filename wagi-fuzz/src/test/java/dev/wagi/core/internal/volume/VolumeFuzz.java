// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.fuzz.Lines;
import dev.wagi.fuzz.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Paths in a volume next to which there are files that must not change. The root contains links that point outside in
 * several ways.
 *
 * <pre>
 * o up/secret              opens and reads          w a     writes          m d     makes a directory
 * d dir                    goes on from there       x a     removes         y d     removes a directory
 * r a&gt;b                    renames                  s l     looks           l l     reads a link
 * q                        lists                    k a     makes a hard link, which is never allowed
 * n text&gt;a              makes a link, allowed if the first line is "links"
 * </pre>
 */
public final class VolumeFuzz {

    private static final String SECRET = "what no guest may see";
    private static final int MAX_BYTES = 200;
    private static final int MAX_FILES = 12;
    private static final int MAX_OPERATIONS = 20;
    private static final OpenMode READ = new OpenMode(true, false, false, false, false, false, false, false, false);
    private static final OpenMode WRITE = new OpenMode(false, true, false, false, false, true, false, true, false);
    private static final OpenMode DIRECTORY =
            new OpenMode(false, false, false, false, false, false, false, false, true);

    private static final Path HOME = home();
    private static final Path ROOT = HOME.resolve("root");

    private static final Map<String, String> PLANTED = Map.of(
            "in", "dir/file",
            "up", "..",
            "out", "../kept-outside",
            "dir/out", "../../kept-outside/secret",
            "abs", HOME.resolve("kept-outside").toString(),
            "loop", "loop",
            "dot", "dir/../.");

    private VolumeFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        remove(ROOT);
        fill();
        Map<String, String> before = outside();
        List<String> lines = Lines.of(input);
        boolean links = lines.get(0).equals("links");
        Volume volume = new Volume("/data", ROOT, !lines.get(0).equals("ro"), MAX_BYTES, MAX_FILES, links);
        Mount mount = new Mount.Table().mount(List.of(volume)).get(0);
        ConfinedDirectory directory = ConfinedDirectory.open(mount);
        try {
            for (String line : lines.subList(0, Math.min(lines.size(), MAX_OPERATIONS))) {
                directory = operate(directory, line);
            }
        } finally {
            directory.close();
        }
        Promise.same(outside(), before, "what is outside stays as it is");
        check(links);
    }

    private static ConfinedDirectory operate(ConfinedDirectory directory, String line) throws IOException {
        if (line.isEmpty()) {
            return directory;
        }
        String path = line.length() < 2 ? "" : line.substring(2);
        try {
            switch (line.charAt(0)) {
                case 'o' -> read(directory, path);
                case 'w' -> write(directory, path);
                case 'm' -> directory.createDirectory(path);
                case 'x' -> directory.removeFile(path);
                case 'y' -> directory.removeDirectory(path);
                case 'r' -> {
                    int arrow = path.indexOf('>');
                    directory.rename(path.substring(0, Math.max(arrow, 0)), directory, path.substring(arrow + 1));
                }
                case 's' -> {
                    Promise.that(directory.status(path, true).size() != SECRET.length(), "the secret is not found");
                    directory.status(path, false);
                }
                case 'l' -> Promise.that(directory.readLink(path).length() < 4096, "a link is short");
                case 'k' -> Promise.that(directory.hardLink(path) != null, "a hard link is never made");
                case 'n' -> {
                    int arrow = path.indexOf('>');
                    directory.createLink(path.substring(0, Math.max(arrow, 0)), path.substring(arrow + 1));
                }
                case 'q' -> list(directory);
                case 'd' -> {
                    Opened opened = directory.open(path, true, DIRECTORY);
                    directory.close();
                    return (ConfinedDirectory) opened;
                }
                default -> {
                    // not an operation
                }
            }
        } catch (VolumeException e) {
            Promise.that(e.reason() != null, "a failure has a reason");
        }
        return directory;
    }

    private static void read(ConfinedDirectory directory, String path) throws IOException {
        try (Opened opened = directory.open(path, true, READ)) {
            if (opened instanceof ConfinedFile file) {
                ByteBuffer bytes = ByteBuffer.allocate(100);
                file.read(bytes, 0);
                String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
                Promise.that(!text.contains(SECRET), "the secret is not read");
            } else if (opened instanceof ConfinedDirectory inner) {
                list(inner);
            }
        }
    }

    private static void write(ConfinedDirectory directory, String path) throws IOException {
        try (Opened opened = directory.open(path, true, WRITE)) {
            if (opened instanceof ConfinedFile file) {
                file.write(ByteBuffer.wrap(new byte[50]), 0);
            }
        }
    }

    private static void list(ConfinedDirectory directory) throws IOException {
        try (Listing listing = directory.list()) {
            for (Listing.Entry entry = listing.next(); entry != null; entry = listing.next()) {
                Promise.that(!entry.name().equals("kept-outside"), "what is outside is not listed");
            }
        }
    }

    private static void fill() throws IOException {
        Files.createDirectories(ROOT.resolve("dir/deep"));
        Files.writeString(ROOT.resolve("dir/file"), "inside");
        Files.writeString(ROOT.resolve("file"), "inside");
        for (Map.Entry<String, String> link : PLANTED.entrySet()) {
            Files.createSymbolicLink(ROOT.resolve(link.getKey()), Path.of(link.getValue()));
        }
    }

    /** Returns the names and contents of everything next to the volume, and of the volume's root itself. */
    private static Map<String, String> outside() throws IOException {
        Map<String, String> found = new TreeMap<>();
        found.put("root", Boolean.toString(Files.isDirectory(ROOT, LinkOption.NOFOLLOW_LINKS)));
        try (Stream<Path> files = Files.walk(HOME)) {
            for (Path file : files.filter(path -> !path.startsWith(ROOT)).toList()) {
                found.put(file.toString(), Files.isRegularFile(file) ? Files.readString(file) : "");
            }
        }
        return found;
    }

    /** Checks the quotas, and that no link was added, or, where guests may create links, none that points outside. */
    private static void check(boolean mayLink) throws IOException {
        long bytes = 0;
        int links = 0;
        int others = 0;
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.skip(1).toList()) {
                if (Files.isSymbolicLink(file)) {
                    links++;
                    String text = Files.readSymbolicLink(file).toString();
                    // Where guests may not create links, one of the host's moves with its directory, unread.
                    boolean planted = mayLink
                            ? text.equals(PLANTED.get(ROOT.relativize(file).toString()))
                            : PLANTED.containsValue(text);
                    Promise.that(
                            planted
                                    || file.getParent()
                                            .resolve(text)
                                            .normalize()
                                            .startsWith(ROOT),
                            "no link leads out: " + file + " -> " + text);
                } else {
                    others++;
                    bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
                }
            }
        }
        Promise.that(mayLink || links <= PLANTED.size(), "no link is made");
        Promise.that(bytes <= MAX_BYTES, "the quota for bytes holds: " + bytes);
        Promise.that(links + others <= MAX_FILES, "the quota for files holds");
    }

    private static Path home() {
        try {
            Path home = Files.createTempDirectory("wagi-fuzz-volume").toRealPath();
            Files.createDirectories(home.resolve("kept-outside"));
            Files.writeString(home.resolve("kept-outside/secret"), SECRET);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    remove(home);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Never follows a link. */
    private static void remove(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> entries = Files.list(path)) {
                for (Path entry : entries.toList()) {
                    remove(entry);
                }
            }
        }
        Files.deleteIfExists(path);
    }
}
