// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Feature;
import com.google.common.jimfs.Jimfs;
import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.files.FileAnswer;
import dev.wagi.core.internal.files.StaticFiles;
import dev.wagi.core.internal.transport.BodySource;
import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Volumes on file systems in memory that have the paths of Windows and macOS: separators, roots, names in any case.
 * What these systems do beyond that (devices, streams, short names, junctions) is not simulated; names of that kind
 * never reach the system.
 */
class OtherSystemsTest {

    private static final OpenMode READ = new OpenMode(true, false, false, false, false, false, false, false, false);
    private static final OpenMode CREATE = new OpenMode(true, true, false, false, false, true, false, false, false);

    /** What is simulated. */
    enum Other {
        WINDOWS(Configuration.windows().toBuilder().setAttributeViews("basic", "dos", "acl", "owner")),
        /** Before JDK 24. */
        MACOS(macOs(Feature.LINKS, Feature.SYMBOLIC_LINKS, Feature.FILE_CHANNEL)),
        /** From JDK 24. */
        MACOS_SECURE(
                macOs(Feature.LINKS, Feature.SYMBOLIC_LINKS, Feature.FILE_CHANNEL, Feature.SECURE_DIRECTORY_STREAM));

        private final Configuration configuration;

        Other(Configuration.Builder configuration) {
            this.configuration = configuration.build();
        }

        private static Configuration.Builder macOs(Feature... features) {
            return Configuration.osX().toBuilder()
                    .setAttributeViews("basic", "posix", "owner", "unix")
                    .setSupportedFeatures(features);
        }

        boolean isWindows() {
            return this == WINDOWS;
        }
    }

    private FileSystem system;
    private Path volume;

    private void plant(Other other) throws IOException {
        system = Jimfs.newFileSystem(other.configuration);
        Path top = system.getRootDirectories().iterator().next();
        volume = Files.createDirectory(top.resolve("volume"));
        Path outside = Files.createDirectory(top.resolve("outside"));
        Files.writeString(outside.resolve("file"), "SECRET");
        Files.createDirectory(outside.resolve("empty"));
        Files.createDirectories(volume.resolve("dir/empty"));
        Files.writeString(volume.resolve("dir/file"), "inside");
        Files.writeString(volume.resolve("mine"), "mine");
    }

    @AfterEach
    void close() throws IOException {
        if (system != null) {
            system.close();
        }
    }

    private Mount mount(boolean links) {
        return new Mount.Table()
                .mount(List.of(new Volume("/v", volume, true, Volume.UNLIMITED, Volume.UNLIMITED, links)))
                .get(0);
    }

    private interface Operation {
        void run(ConfinedDirectory root) throws IOException;
    }

    private static @Nullable Reason reason(ConfinedDirectory root, Operation operation) {
        VolumeException e = catchThrowableOfType(VolumeException.class, () -> operation.run(root));
        return e == null ? null : e.reason();
    }

    private static String read(ConfinedDirectory root, String path) throws IOException {
        try (ConfinedFile file = (ConfinedFile) root.open(path, true, READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(100);
            int length = file.read(bytes, 0);
            return new String(bytes.array(), 0, Math.max(0, length), StandardCharsets.UTF_8);
        }
    }

    private static void write(ConfinedDirectory root, String path, String text) throws IOException {
        try (ConfinedFile file = (ConfinedFile) root.open(path, true, CREATE)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
    }

    /** Returns all that is not in the volume, with what is in files. */
    private Map<String, String> outside() throws IOException {
        Map<String, String> all = new TreeMap<>();
        for (Path top : system.getRootDirectories()) {
            try (Stream<Path> files = Files.walk(top)) {
                for (Path file : files.filter(each -> !each.startsWith(volume)).toList()) {
                    all.put(
                            file.toString(),
                            Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.readString(file) : "");
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void operations_inside_work(Other other) throws IOException {
        plant(other);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(false))) {
            root.createDirectory("dir/new");
            write(root, "dir/new/a", "text");
            root.rename("dir/new/a", root, "b");
            root.rename("dir/new", root, "dir/empty");
            root.removeDirectory("dir/empty");
            root.setTimes("b", true, FileTime.fromMillis(5000), null);

            assertThat(read(root, "b")).isEqualTo("text");
            assertThat(read(root, "dir/../dir/./file")).isEqualTo("inside");
            assertThat(root.status("b", true).modified()).isEqualTo(5_000_000_000L);
            assertThat(names(root)).containsExactlyInAnyOrder(".", "..", "b", "dir", "mine");
        }
    }

    private static List<String> names(ConfinedDirectory root) throws IOException {
        List<String> names = new ArrayList<>();
        try (Listing listing = root.list()) {
            for (Listing.Entry entry = listing.next(); entry != null; entry = listing.next()) {
                names.add(entry.name());
            }
        }
        return names;
    }

    static Stream<Arguments> ways() {
        List<String> paths = List.of(
                "../outside/file",
                "..\\outside\\file",
                "dir/..\\..\\outside/file",
                "dir\\..\\..\\outside\\file",
                "dir/../../outside/file",
                "\\outside\\file",
                "/outside/file",
                "C:\\outside\\file",
                "C:/outside/file",
                "c:outside",
                "dir/C:\\outside\\file",
                "\\\\server\\share\\file",
                "\\\\?\\C:\\outside\\file",
                "\\\\.\\PhysicalDrive0",
                "//server/share/file");
        return Stream.of(Other.values()).flatMap(other -> paths.stream().map(path -> Arguments.of(other, path)));
    }

    private static FileAnswer get(Mount mount, String path) throws IOException {
        return new StaticFiles(mount, "", "file", Map.of(), "", true).answer(path, path, "", "", false, Headers.none());
    }

    /** Static files are read as guests read volumes, and their names are stricter. */
    @ParameterizedTest
    @EnumSource
    void staticFiles_inside_areServed(Other other) throws IOException {
        plant(other);
        Files.writeString(volume.resolve("dir/file.gz"), "packed");

        for (String path : List.of("/dir/file", "/dir/")) {
            FileAnswer answer = get(mount(false), path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.length()).isEqualTo("inside".length());
            try (BodySource body = Objects.requireNonNull(answer.body())) {
                ByteBuffer bytes = ByteBuffer.allocate(100);
                body.read(bytes);
                assertThat(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8))
                        .isEqualTo("inside");
            }
        }
        assertThat(get(mount(false), "/absent").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void staticFiles_outside_are404(Other other, String path) throws IOException {
        plant(other);

        assertThat(get(mount(true), "/" + path).status()).isEqualTo(404);
        assertThat(get(mount(true), "/dir/" + path).status()).isEqualTo(404);
    }

    /** On every system, so that a site behaves the same wherever it is served. */
    @ParameterizedTest
    @MethodSource("namesOfWindows")
    void staticFiles_namesOfWindows_are404(String name) throws IOException {
        for (Other other : Other.values()) {
            plant(other);
            assertThat(get(mount(false), "/" + name).status()).as(other.name()).isEqualTo(404);
            close();
        }
    }

    /** Whatever is tried with such a path, nothing outside is read or changed. */
    @ParameterizedTest
    @MethodSource("ways")
    void path_toTheOutside_leadsNowhere(Other other, String path) throws IOException {
        plant(other);
        Map<String, String> before = outside();
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(true))) {
            assertThat(reason(root, any -> read(any, path))).isNotNull();
            reason(root, any -> any.createLink(path, "link"));
            assertThat(reason(root, any -> read(any, "link"))).isNotNull();
            for (Operation operation : List.<Operation>of(
                    any -> any.status(path, true),
                    any -> any.setTimes(path, true, FileTime.fromMillis(1), null),
                    any -> any.removeFile(path),
                    any -> any.removeDirectory(path),
                    any -> any.createLink("mine", path),
                    any -> any.rename("mine", any, path),
                    any -> any.rename(path, any, "taken"),
                    any -> any.createDirectory(path),
                    any -> write(any, path, "overwritten"))) {
                reason(root, operation);
            }
        }
        assertThat(outside()).isEqualTo(before);
    }

    static Stream<String> namesOfWindows() {
        return Stream.of(
                "NUL",
                "nul.txt",
                "CON",
                "aux",
                "COM1",
                "lpt9.x",
                "mine:stream",
                "mine::$DATA",
                "mine.",
                "mine ",
                "MINE~1");
    }

    /** They mean another file there, or none; elsewhere they are names like others. */
    @ParameterizedTest
    @MethodSource("namesOfWindows")
    void names_ofWindows_areRefusedThereOnly(String name) throws IOException {
        for (Other other : Other.values()) {
            plant(other);
            try (ConfinedDirectory root = ConfinedDirectory.open(mount(false))) {
                assertThat(reason(root, any -> write(any, name, "text")))
                        .as(other.name())
                        .isEqualTo(other.isWindows() ? Reason.NOT_FOUND : null);
            }
            assertThat(Files.readString(volume.resolve("mine"))).isEqualTo("mine");
            system.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void names_inAnotherCase_areTheSameFile(Other other) throws IOException {
        plant(other);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(false))) {
            assertThat(read(root, "DIR/File")).isEqualTo("inside");
            assertThat(reason(root, any -> any.createDirectory("Dir"))).isEqualTo(Reason.EXISTS);
        }
    }

    /** Names that are being made are not for guests, in no case. */
    @ParameterizedTest
    @EnumSource
    void names_beingMade_areHidden(Other other) throws IOException {
        plant(other);
        Files.createDirectory(volume.resolve(Names.STAGING + "1"));
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(false))) {
            assertThat(reason(root, any -> any.removeDirectory(".WAGI-new-1"))).isEqualTo(Reason.NOT_FOUND);
            assertThat(names(root)).containsExactlyInAnyOrder(".", "..", "dir", "mine");
        }
    }

    /** Links that the host has in the volume. */
    @ParameterizedTest
    @EnumSource
    void links_toTheOutside_areNotFollowed(Other other) throws IOException {
        plant(other);
        Path outside = volume.resolveSibling("outside");
        Files.createSymbolicLink(volume.resolve("absolute"), outside);
        Files.createSymbolicLink(
                volume.resolve("relative"), system.getPath("..").resolve("outside"));
        Files.createSymbolicLink(volume.resolve("inside"), system.getPath("dir"));
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(false))) {
            assertThat(reason(root, any -> read(any, "absolute/file"))).isEqualTo(Reason.NOT_PERMITTED);
            assertThat(reason(root, any -> read(any, "relative/file"))).isEqualTo(Reason.NOT_PERMITTED);
            assertThat(read(root, "inside/file")).isEqualTo("inside");
        }
    }

    /** A backslash is part of a name on macOS. */
    @ParameterizedTest
    @EnumSource(names = {"MACOS", "MACOS_SECURE"})
    void links_withBackslashes_keepThem(Other other) throws IOException {
        plant(other);
        Files.writeString(volume.resolve("a\\b"), "backslash");
        Files.createSymbolicLink(volume.resolve("link"), system.getPath("a\\b"));
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(false))) {
            assertThat(root.readLink("link")).isEqualTo("a\\b");
            assertThat(read(root, "link")).isEqualTo("backslash");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MACOS", "MACOS_SECURE"})
    void links_ofGuests_areMadeInTheVolume(Other other) throws IOException {
        plant(other);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(true))) {
            root.createLink("dir/file", "link");

            assertThat(read(root, "LINK")).isEqualTo("inside");
            assertThat(reason(root, any -> any.createLink("../outside", "out"))).isEqualTo(Reason.NOT_PERMITTED);
        }
    }

    // --- without keys of files

    /** A directory of Windows, whose files have no keys; the simulation has them. */
    private static final class WithoutKeys extends ForwardingDirectory {

        WithoutKeys(HostDirectory with) {
            super(with);
        }

        @Override
        BasicFileAttributes attributes() throws IOException {
            return new Attributes(super.attributes());
        }

        @Override
        @Nullable
        BasicFileAttributes attributes(String name) throws IOException {
            BasicFileAttributes all = super.attributes(name);
            return all == null ? null : new Attributes(all);
        }

        @Override
        HostDirectory directory(String name, BasicFileAttributes expected) throws IOException {
            return new WithoutKeys(super.directory(name, expected));
        }

        @Override
        HostDirectory again() throws IOException {
            return new WithoutKeys(super.again());
        }

        private record Attributes(BasicFileAttributes all) implements BasicFileAttributes {
            @Override
            public FileTime lastModifiedTime() {
                return all.lastModifiedTime();
            }

            @Override
            public FileTime lastAccessTime() {
                return all.lastAccessTime();
            }

            @Override
            public FileTime creationTime() {
                return all.creationTime();
            }

            @Override
            public boolean isRegularFile() {
                return all.isRegularFile();
            }

            @Override
            public boolean isDirectory() {
                return all.isDirectory();
            }

            @Override
            public boolean isSymbolicLink() {
                return all.isSymbolicLink();
            }

            @Override
            public boolean isOther() {
                return all.isOther();
            }

            @Override
            public long size() {
                return all.size();
            }

            @Override
            public @Nullable Object fileKey() {
                return null;
            }
        }
    }

    private Mount quota() throws IOException {
        plant(Other.WINDOWS);
        return new Mount.Table()
                .mount(List.of(new Volume("/v", volume, true, 20, 5)))
                .get(0);
    }

    /** Else a guest could take its files off the quota by renaming them. */
    @Test
    void rename_toAnotherCase_removesNothing() throws IOException {
        Mount mount = quota();
        try (ConfinedDirectory root = ConfinedDirectory.open(mount, new WithoutKeys(HostDirectory.open(volume)))) {
            long files = mount.usage().files();
            root.rename("mine", root, "MINE");
            root.rename("MINE", root, "mine");
            root.rename("dir", root, "Dir");

            assertThat(mount.usage().files()).isEqualTo(files);
            assertThat(reason(root, any -> write(any, "mine", "x".repeat(21)))).isEqualTo(Reason.QUOTA);
        }
    }

    @Test
    void replace_anotherFile_removesIt() throws IOException {
        Mount mount = quota();
        try (ConfinedDirectory root = ConfinedDirectory.open(mount, new WithoutKeys(HostDirectory.open(volume)))) {
            long files = mount.usage().files();
            root.rename("mine", root, "dir/FILE");

            assertThat(mount.usage().files()).isEqualTo(files - 1);
            assertThat(read(root, "dir/file")).isEqualTo("mine");
        }
    }

    /** A directory that becomes a link, which a guest cannot make, is not entered any more. */
    @ParameterizedTest
    @EnumSource(names = {"WINDOWS", "MACOS"})
    void directory_thatBecomesALink_isLeft(Other other) throws IOException {
        plant(other);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(false));
                ConfinedDirectory below = (ConfinedDirectory) root.open(
                        "dir", true, new OpenMode(true, false, false, false, false, false, false, false, true))) {
            Files.move(volume.resolve("dir"), volume.resolve("moved"));
            Files.createSymbolicLink(volume.resolve("dir"), volume.resolveSibling("outside"));

            assertThatThrownBy(() -> read(below, "file")).isInstanceOf(VolumeException.class);
            assertThat(reason(below, any -> any.removeFile("file"))).isNotNull();
            assertThat(Files.readString(volume.resolveSibling("outside").resolve("file")))
                    .isEqualTo("SECRET");
        }
    }
}
