// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The confined file system, both ways in which a host directory can be held, and swaps between look and use. */
class ConfinedDirectoryTest {

    private static final OpenMode READ = new OpenMode(true, false, false, false, false, false, false, false, false);
    private static final OpenMode CREATE = new OpenMode(true, true, false, false, false, true, false, false, false);
    private static final OpenMode APPEND = new OpenMode(false, true, true, false, false, true, false, false, false);

    @TempDir
    Path temporary;

    private Path volume;
    private Path outside;

    /** How the root is held. */
    enum Holding {
        /** By a descriptor, as on Linux. */
        SECURE,
        /** By its real path, as on Windows. */
        CHECKED;

        HostDirectory open(Path path) throws IOException {
            if (this == CHECKED) {
                return CheckedDirectory.open(path);
            }
            HostDirectory directory = HostDirectory.open(path);
            assumeTrue(directory instanceof SecureDirectory, "this JDK cannot hold directories open here");
            return directory;
        }
    }

    @BeforeEach
    void plant() throws IOException {
        volume = Files.createDirectory(temporary.resolve("volume"));
        outside = Files.createDirectory(temporary.resolve("outside"));
        Files.createDirectory(outside.resolve("empty"));
        Files.writeString(outside.resolve("file"), "SECRET");
        Files.createDirectories(volume.resolve("dir/empty"));
        Files.writeString(volume.resolve("dir/file"), "inside");
        Files.writeString(volume.resolve("mine"), "mine");
    }

    private Mount mount(long maxBytes, long maxFiles) {
        return new Mount.Table()
                .mount(List.of(new Volume("/v", volume, true, maxBytes, maxFiles)))
                .get(0);
    }

    private Mount mount() {
        return mount(Volume.UNLIMITED, Volume.UNLIMITED);
    }

    private interface Operation {
        void run(ConfinedDirectory root) throws IOException;
    }

    private static Reason reason(Operation operation, ConfinedDirectory root) {
        VolumeException e = catchThrowableOfType(VolumeException.class, () -> operation.run(root));
        return e == null ? Reason.IO : e.reason();
    }

    private static String read(ConfinedDirectory root, String path) throws IOException {
        try (ConfinedFile file = (ConfinedFile) root.open(path, true, READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(100);
            int length = file.read(bytes, 0);
            return new String(bytes.array(), 0, Math.max(0, length), StandardCharsets.UTF_8);
        }
    }

    private static void write(ConfinedDirectory root, String path, OpenMode mode, String text) throws IOException {
        try (ConfinedFile file = (ConfinedFile) root.open(path, true, mode)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void operations_inside_work(Holding holding) throws IOException {
        try (ConfinedDirectory root = ConfinedDirectory.open(mount(), holding.open(volume))) {
            root.createDirectory("dir/new");
            write(root, "dir/new/a", CREATE, "text");
            write(root, "dir/new/a", APPEND, " and more");
            root.rename("dir/new/a", root, "b");
            root.rename("dir/new", root, "dir/empty");
            root.removeDirectory("dir/empty");
            root.setTimes("b", true, FileTime.fromMillis(5000), null);

            assertThat(read(root, "b")).isEqualTo("text and more");
            assertThat(read(root, "dir/../dir/./file")).isEqualTo("inside");
            assertThat(root.status("b", true).modified()).isEqualTo(5_000_000_000L);
            assertThat(root.status("b", true).size()).isEqualTo(13);
            assertThat(root.status("dir", true).type()).isEqualTo(FileStatus.Type.DIRECTORY);
            assertThat(names(root)).containsExactlyInAnyOrder(".", "..", "b", "dir", "mine");
            root.removeFile("b");
            assertThat(volume.resolve("b")).doesNotExist();
        }
    }

    private static List<String> names(ConfinedDirectory directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (Listing listing = directory.list()) {
            for (Listing.Entry entry = listing.next(); entry != null; entry = listing.next()) {
                names.add(entry.name());
            }
        }
        return names;
    }

    record Escape(String what, Operation operation) {
        @Override
        public String toString() {
            return what;
        }
    }

    /** Each of them leads out of the volume. */
    static Stream<Escape> escapes() {
        return Stream.of(
                new Escape("read", root -> read(root, "out/file")),
                new Escape("read a link", root -> read(root, "out-file")),
                new Escape("read an absolute link", root -> read(root, "absolute/file")),
                new Escape("read beside it", root -> read(root, "../outside/file")),
                new Escape("read far above", root -> read(root, "dir/../../../../../etc/passwd")),
                new Escape("read absolute", root -> read(root, "/etc/passwd")),
                new Escape("write", root -> write(root, "out/file", CREATE, "changed")),
                new Escape("make", root -> write(root, "out/made", CREATE, "made")),
                new Escape("make a directory", root -> root.createDirectory("out/made")),
                new Escape("remove", root -> root.removeFile("out/file")),
                new Escape("remove a directory", root -> root.removeDirectory("out/empty")),
                new Escape("rename to", root -> root.rename("mine", root, "out/mine")),
                new Escape("rename from", root -> root.rename("out/file", root, "stolen")),
                new Escape("times", root -> root.setTimes("out/file", true, FileTime.fromMillis(0), null)),
                new Escape("status", root -> root.status("out/file", true)));
    }

    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making links needs a privilege there")
    @ParameterizedTest
    @MethodSource("escapes")
    void escape_anyOperation_isRefused(Escape escape) throws IOException {
        Files.createSymbolicLink(volume.resolve("out"), Path.of("../outside"));
        Files.createSymbolicLink(volume.resolve("out-file"), Path.of("../outside/file"));
        Files.createSymbolicLink(volume.resolve("absolute"), outside);
        for (Holding holding : Holding.values()) {
            try (ConfinedDirectory root = ConfinedDirectory.open(mount(), holding.open(volume))) {
                assertThat(reason(escape.operation, root)).as(holding.name()).isEqualTo(Reason.NOT_PERMITTED);
            }
        }
        assertUntouched();
    }

    private void assertUntouched() throws IOException {
        assertThat(outside.resolve("file")).hasContent("SECRET");
        assertThat(Files.getLastModifiedTime(outside.resolve("file")).toMillis())
                .isNotZero();
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("file", "empty");
        }
        assertThat(volume.resolve("stolen")).doesNotExist();
    }

    /** Swaps a directory for a link to outside as soon as somebody has looked at it, or has opened it. */
    private final class Swapping extends ForwardingDirectory {
        private final boolean onceOpen;

        Swapping(HostDirectory real, boolean onceOpen) {
            super(real);
            this.onceOpen = onceOpen;
        }

        @Override
        HostDirectory directory(String name, BasicFileAttributes expected) throws IOException {
            if (!onceOpen) {
                swap(name);
            }
            HostDirectory directory = real.directory(name, expected);
            if (onceOpen) {
                swap(name);
            }
            return directory;
        }

        private void swap(String name) throws IOException {
            if (Files.isDirectory(volume.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                Files.move(volume.resolve(name), volume.resolve("away"));
                Files.createSymbolicLink(volume.resolve(name), Path.of("../outside"));
            }
        }
    }

    /** Each of them in a directory that is swapped meanwhile. */
    static Stream<Escape> swapped() {
        return Stream.of(
                new Escape("read", root -> assertThat(read(root, "dir/file")).isEqualTo("inside")),
                new Escape("write", root -> write(root, "dir/file", CREATE, "changed")),
                new Escape("make", root -> write(root, "dir/made", CREATE, "made")),
                new Escape("make a directory", root -> root.createDirectory("dir/made")),
                new Escape("remove", root -> root.removeFile("dir/file")),
                new Escape("remove a directory", root -> root.removeDirectory("dir/empty")),
                new Escape("rename to", root -> root.rename("mine", root, "dir/mine")),
                new Escape("times", root -> root.setTimes("dir/file", true, FileTime.fromMillis(0), null)),
                new Escape(
                        "status",
                        root -> assertThat(root.status("dir/file", true).size()).isEqualTo(6)),
                new Escape("list", root -> {
                    try (ConfinedDirectory directory = (ConfinedDirectory) root.open("dir", true, READ)) {
                        assertThat(names(directory)).hasSize(4);
                    }
                }));
    }

    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making links needs a privilege there")
    @ParameterizedTest
    @MethodSource("swapped")
    void swap_betweenLookAndOpening_isNoticed(Escape escape) throws IOException {
        for (Holding holding : Holding.values()) {
            try (ConfinedDirectory root = ConfinedDirectory.open(mount(), new Swapping(holding.open(volume), false))) {
                assertThat(reason(escape.operation, root)).isIn(Reason.NOT_PERMITTED, Reason.BUSY);
            }
            assertUntouched();
            Files.delete(volume.resolve("dir"));
            Files.move(volume.resolve("away"), volume.resolve("dir"));
        }
    }

    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making links needs a privilege there")
    @ParameterizedTest
    @MethodSource("swapped")
    void swap_afterOpening_changesNothing(Escape escape) throws IOException {
        try (ConfinedDirectory root =
                ConfinedDirectory.open(mount(), new Swapping(Holding.SECURE.open(volume), true))) {
            escape.operation.run(root);
        }
        assertUntouched();
    }

    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making links needs a privilege there")
    @ParameterizedTest
    @MethodSource("swapped")
    void swap_afterOpeningOfAPath_isNoticed(Escape escape) throws IOException {
        if (escape.what.equals("list")) {
            return; // opened once more in between
        }
        try (ConfinedDirectory root =
                ConfinedDirectory.open(mount(), new Swapping(Holding.CHECKED.open(volume), true))) {
            assertThat(reason(escape.operation, root)).isIn(Reason.NOT_PERMITTED, Reason.BUSY);
        }
        assertUntouched();
    }

    // --- quotas ---

    @ParameterizedTest
    @EnumSource
    void write_beyondTheQuota_isRefusedAndCostsNothing(Holding holding) throws IOException {
        // 10 bytes are there.
        Mount mount = mount(20, Volume.UNLIMITED);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount, holding.open(volume))) {
            write(root, "mine", CREATE, "12345678");

            assertThat(mount.usage().bytes()).isEqualTo(14);
            assertThat(reason(any -> write(any, "more", CREATE, "1234567"), root))
                    .isEqualTo(Reason.QUOTA);
            assertThat(mount.usage().bytes()).isEqualTo(14);
            write(root, "more", CREATE, "123456");
            assertThat(reason(any -> write(any, "more", APPEND, "7"), root)).isEqualTo(Reason.QUOTA);
            write(root, "more", CREATE, "654321");
            root.removeFile("mine");
            write(root, "more", APPEND, "12345678");
            assertThat(mount.usage().bytes()).isEqualTo(20);
        }
        assertThat(volume.resolve("more")).hasContent("65432112345678");
    }

    @Test
    void resize_beyondTheQuota_isRefused() throws IOException {
        Mount mount = mount(20, Volume.UNLIMITED);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount);
                ConfinedFile file = (ConfinedFile) root.open("mine", true, CREATE)) {
            assertThat(reason(any -> file.resize(15), root)).isEqualTo(Reason.QUOTA);
            assertThat(reason(any -> file.allocate(0, 15), root)).isEqualTo(Reason.QUOTA);
            assertThat(reason(any -> file.write(ByteBuffer.allocate(1), 1L << 40), root))
                    .isEqualTo(Reason.QUOTA);
            file.resize(14);
            file.resize(0);
            assertThat(mount.usage().bytes()).isEqualTo(6);
            assertThat(reason(any -> file.resize(-1), root)).isEqualTo(Reason.INVALID);
        }
    }

    @Test
    void write_toAFileThatWasRemoved_stillCounts() throws IOException {
        Mount mount = mount(20, Volume.UNLIMITED);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
            try (ConfinedFile file = (ConfinedFile) root.open("gone", true, CREATE)) {
                root.removeFile("gone");
                file.write(ByteBuffer.allocate(10), 0);
                assertThat(reason(any -> write(any, "more", CREATE, "1"), root)).isEqualTo(Reason.QUOTA);
            }
            write(root, "more", CREATE, "1234567890");
        }
    }

    @Test
    void create_beyondTheQuotaOfFiles_isRefused() throws IOException {
        // dir, dir/empty, dir/file and mine are there.
        Mount mount = mount(Volume.UNLIMITED, 6);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
            root.createDirectory("new");
            write(root, "file", CREATE, "");
            assertThat(reason(any -> any.createDirectory("another"), root)).isEqualTo(Reason.QUOTA);
            assertThat(reason(any -> write(any, "another", CREATE, ""), root)).isEqualTo(Reason.QUOTA);
            assertThat(reason(any -> any.createDirectory("new"), root)).isEqualTo(Reason.EXISTS);
            root.rename("file", root, "mine");
            write(root, "another", CREATE, "");
            root.removeDirectory("new");
            root.createDirectory("new-2");
            assertThat(mount.usage().files()).isEqualTo(6);
        }
    }

    @Test
    void mounts_onOneDirectory_shareWhatIsCounted() throws IOException {
        List<Mount> mounts = new Mount.Table()
                .mount(List.of(
                        new Volume("/a", volume, true, 20, Volume.UNLIMITED),
                        new Volume("/b", volume, true, Volume.UNLIMITED, Volume.UNLIMITED)));
        try (ConfinedDirectory a = ConfinedDirectory.open(mounts.get(0));
                ConfinedDirectory b = ConfinedDirectory.open(mounts.get(1))) {
            write(b, "big", CREATE, "x".repeat(30));

            assertThat(reason(any -> write(a, "small", CREATE, "x"), a)).isEqualTo(Reason.QUOTA);
        }
    }

    // --- names, and what failures are told as ---

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a:b",
                "file::$DATA",
                "NUL",
                "nul.txt",
                "COM1",
                "lpt9.x",
                "con ",
                "a.",
                "a ",
                "a\\b",
                "a*",
                "a?",
                "\u0001",
                "GIT~1",
                "git~1",
                "A~1.TXT",
                "H1A4F~12",
                "PROGRA~1.",
                "WAGI-N~1"
            })
    void names_ofWindows_areRefusedThere(String name) {
        assertThat(Names.isValidOnWindows(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a.b",
                ".a",
                "NULL",
                "com",
                "com10",
                "a b",
                "lpt",
                "\u00e4",
                "a~b",
                "~",
                "~1",
                "a~",
                "report~2026.txt",
                "a~1.json"
            })
    void names_ofFiles_areRightOnWindows(String name) {
        assertThat(Names.isValidOnWindows(name)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device, NO_SPACE",
        "There is not enough space on the disk, NO_SPACE",
        "Disk quota exceeded, QUOTA",
        "Read-only file system, READ_ONLY",
        "File too large, FILE_TOO_LARGE",
        "Too many open files, NO_DESCRIPTORS",
        "Input/output error, IO"
    })
    void failures_ofTheHost_areToldWithoutItsPaths(String text, Reason reason) {
        VolumeException e = VolumeException.of(new FileSystemException("/srv/secret", null, text));

        assertThat(e.reason()).isEqualTo(reason);
        assertThat(e).hasMessage(reason.name()).hasNoCause();
        assertThat(VolumeException.of(new IOException(text)).reason()).isEqualTo(reason);
    }

    @Test
    void failures_byAnInterrupt_areTold() {
        assertThat(VolumeException.of(new ClosedByInterruptException()).reason())
                .isEqualTo(Reason.INTERRUPTED);
    }

    @Test
    void status_ofOneFile_isTheSameAndNotTheHosts() throws IOException {
        try (ConfinedDirectory root = ConfinedDirectory.open(mount());
                ConfinedFile file = (ConfinedFile) root.open("mine", true, READ)) {
            FileStatus status = root.status("mine", true);

            assertThat(file.status().inode()).isEqualTo(status.inode());
            assertThat(status.inode())
                    .isNotEqualTo(root.status("dir/file", true).inode());
            assertThat(status.device()).isEqualTo(root.status("dir", true).device());
            if (Files.getFileStore(volume).supportsFileAttributeView("unix")) {
                assertThat(status.inode())
                        .isNotEqualTo(((Number) Files.getAttribute(volume.resolve("mine"), "unix:ino")).longValue());
            }
        }
    }

    @Test
    void depth_ofDirectories_isBounded() throws IOException {
        try (ConfinedDirectory root = ConfinedDirectory.open(mount())) {
            String path = "d";
            for (int depth = 1; depth <= 128; depth++) {
                root.createDirectory(path);
                path += "/d";
            }
            String tooDeep = path;

            assertThatThrownBy(() -> root.createDirectory(tooDeep))
                    .isInstanceOfSatisfying(
                            VolumeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NAME_TOO_LONG));
        }
    }
}
