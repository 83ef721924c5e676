// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The volume table: what guests try with paths, call by call, and the error number they are told. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "plants symbolic links, pipes and names that Windows has not")
class VolumeCallsTest {

    private static final int RW = 3;
    private static final int RO = 4;
    private static final int OTHER = 5;
    private static final int LINKS = 6;

    private static final long READ = Rights.FD_READ | Rights.FD_SEEK | Rights.FD_TELL | Rights.FD_FILESTAT_GET;
    private static final long WRITE = Rights.FD_WRITE | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE;

    private static final int CREATE = 1;
    private static final int DIRECTORY = 2;
    private static final int EXCLUSIVE = 4;
    private static final int TRUNCATE = 8;
    private static final int FOLLOW = 1;
    private static final int NOFOLLOW = 0;
    private static final int APPEND = 1;

    @TempDir
    Path temporary;

    private Path outside;
    private List<Mount> mounts;

    @BeforeEach
    void plant() throws IOException, InterruptedException {
        Path root = Files.createDirectory(temporary.resolve("root"));
        outside = Files.createDirectory(temporary.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "SECRET");
        Files.createDirectory(outside.resolve("empty"));
        for (String name : List.of("rw", "ro", "other", "links")) {
            Path volume = Files.createDirectory(root.resolve(name));
            Files.writeString(volume.resolve("file"), "content");
            Files.createDirectories(volume.resolve("dir/sub"));
            Files.writeString(volume.resolve("dir/inner"), "inner");
            Files.createDirectory(volume.resolve("empty"));
            link(volume, "to-file", "file");
            link(volume, "to-dir", "dir");
            link(volume, "dir/up", "..");
            link(volume, "dir/to-file", "../file");
            link(volume, "dangling", "nothing");
            link(volume, "dir/out", "../../../outside");
            link(volume, "out", "../../outside");
            link(volume, "out-file", "../../outside/secret");
            link(volume, "out-empty", "../../outside/empty");
            link(volume, "out-new", "../../outside/made");
            link(volume, "absolute", outside.toString());
            link(volume, "absolute-in", volume.resolve("file").toString());
            link(volume, "loop", "loop");
            link(volume, "loop-a", "loop-b");
            link(volume, "loop-b", "loop-a");
        }
        Process pipes = new ProcessBuilder("mkfifo", "rw/pipe", "ro/pipe")
                .directory(root.toFile())
                .start();
        assertThat(pipes.waitFor()).isZero();
        mounts = new Mount.Table()
                .mount(List.of(
                        new Volume("/rw", root.resolve("rw"), true, Volume.UNLIMITED, Volume.UNLIMITED),
                        Volume.readOnly("/ro", root.resolve("ro")),
                        new Volume("/other", root.resolve("other"), true, Volume.UNLIMITED, Volume.UNLIMITED),
                        new Volume("/links", root.resolve("links"), true, Volume.UNLIMITED, Volume.UNLIMITED, true)));
    }

    private static void link(Path volume, String name, String target) throws IOException {
        Files.createSymbolicLink(volume.resolve(name), Path.of(target));
    }

    /** The last call of the script gives the number, all before it succeed. */
    record Row(String what, int errno, Consumer<WasiCalls> script) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Row open(String what, int errno, int directory, Object path, int oflags, long rights) {
        return new Row("path_open: " + what, errno, calls -> calls.open(directory, path, oflags, rights));
    }

    private static Row openNoFollow(String what, int errno, Object path, int oflags, long rights) {
        return new Row("path_open: " + what, errno, calls -> calls.open(RW, path, NOFOLLOW, oflags, rights, 0));
    }

    private static Row stat(String what, int errno, int directory, int lookup, Object path) {
        return new Row(
                "path_filestat_get: " + what,
                errno,
                calls -> calls.call("path_filestat_get", directory, lookup, path, calls.reserve(64)));
    }

    private static Row path(String function, String what, int errno, int directory, Object path) {
        return new Row(function + ": " + what, errno, calls -> calls.call(function, directory, path));
    }

    private static Row rename(String what, int errno, int from, Object path, int to, Object newPath) {
        return new Row("path_rename: " + what, errno, calls -> calls.call("path_rename", from, path, to, newPath));
    }

    private static Row times(String what, int errno, int directory, int lookup, String path) {
        return new Row(
                "path_filestat_set_times: " + what,
                errno,
                calls -> calls.call("path_filestat_set_times", directory, lookup, path, 0, 1_000_000_000L, 4));
    }

    /** On a file that is open for reading and writing. */
    private static Row onFile(String what, int errno, java.util.function.BiConsumer<WasiCalls, WasiCalls.At> script) {
        return new Row(what, errno, calls -> script.accept(calls, calls.open(RW, "file", 0, Rights.ALL)));
    }

    /** On a directory that is open. */
    private static Row onDirectory(
            String what, int errno, java.util.function.BiConsumer<WasiCalls, WasiCalls.At> script) {
        return new Row(
                what,
                errno,
                calls -> script.accept(calls, calls.open(RW, "dir", DIRECTORY, Rights.ALL & ~Rights.FD_WRITE)));
    }

    static Stream<Row> rows() {
        String name256 = "n".repeat(256);
        String deep = "d/".repeat(1500) + "f";
        byte[] notUtf8 = {'a', (byte) 0xff, 'b'};
        return Stream.of(
                // opening to read
                open("a file", Errno.SUCCESS, RW, "file", 0, READ),
                open("a file in a directory", Errno.SUCCESS, RW, "dir/inner", 0, READ),
                open("empty components and dots", Errno.SUCCESS, RW, "./dir//./inner", 0, READ),
                open("back and forth within", Errno.SUCCESS, RW, "dir/../dir/sub/../inner", 0, READ),
                open("read-only volume", Errno.SUCCESS, RO, "file", 0, READ),
                open("nothing", Errno.NOENT, RW, "nothing", 0, READ),
                open("nothing in the middle", Errno.NOENT, RW, "nothing/file", 0, READ),
                open("empty path", Errno.NOENT, RW, "", 0, READ),
                open("other case", Errno.NOENT, RW, "FILE", 0, READ),
                open("dot at the end of the name", Errno.NOENT, RW, "file.", 0, READ),
                open("space at the end of the name", Errno.NOENT, RW, "file ", 0, READ),
                open("stream of a Windows file", Errno.NOENT, RW, "file::$DATA", 0, READ),
                open("device of Windows", Errno.NOENT, RW, "NUL", 0, READ),
                open("backslash does not separate", Errno.NOENT, RW, "dir\\inner", 0, READ),
                open("the root itself", Errno.SUCCESS, RW, ".", 0, READ),
                open("a directory", Errno.SUCCESS, RW, "dir", 0, READ),
                open("a directory with a slash", Errno.SUCCESS, RW, "dir/", 0, READ),
                open("a directory that must be one", Errno.SUCCESS, RW, "dir", DIRECTORY, READ),
                open("a file that must be a directory", Errno.NOTDIR, RW, "file", DIRECTORY, READ),
                open("a file with a slash", Errno.NOTDIR, RW, "file/", 0, READ),
                open("a file with slash and dot", Errno.NOTDIR, RW, "file/.", 0, READ),
                open("a file in a file", Errno.NOTDIR, RW, "file/x", 0, READ),
                open("a directory to write", Errno.ISDIR, RW, "dir", 0, READ | WRITE),
                open("a directory that must be one to write", Errno.ISDIR, RW, "dir", DIRECTORY, READ | WRITE),
                open("a directory of a read-only volume to write", Errno.ISDIR, RO, "dir", DIRECTORY, READ | WRITE),
                // out of the volume
                open("parent of the root", Errno.PERM, RW, "..", 0, READ),
                open("file beside the root", Errno.PERM, RW, "../other/file", 0, READ),
                open("parent after a directory", Errno.PERM, RW, "dir/../../other/file", 0, READ),
                open("parent after a directory that is not there", Errno.NOENT, RW, "nothing/../../x", 0, READ),
                open("absolute", Errno.PERM, RW, "/etc/passwd", 0, READ),
                open("absolute as the guest sees it", Errno.PERM, RW, "/rw/file", 0, READ),
                open("two slashes in front", Errno.PERM, RW, "//file", 0, READ),
                // links
                open("a link to a file", Errno.SUCCESS, RW, "to-file", 0, READ),
                open("through a link to a directory", Errno.SUCCESS, RW, "to-dir/inner", 0, READ),
                open("through a link up within", Errno.SUCCESS, RW, "dir/up/file", 0, READ),
                open("a link to the root", Errno.SUCCESS, RW, "dir/up", 0, READ),
                open("a link up to a file within", Errno.SUCCESS, RW, "dir/to-file", 0, READ),
                open("parent of a link's target", Errno.SUCCESS, RW, "to-dir/../file", 0, READ),
                open("a link to nothing", Errno.NOENT, RW, "dangling", 0, READ),
                open("a link to a directory outside", Errno.PERM, RW, "out", 0, READ),
                open("through a link to outside", Errno.PERM, RW, "out/secret", 0, READ),
                open("through a link in a directory", Errno.PERM, RW, "dir/out/secret", 0, READ),
                open("a link to a file outside", Errno.PERM, RW, "out-file", 0, READ),
                open("a link out, from a link within", Errno.PERM, RW, "to-dir/out/secret", 0, READ),
                open("an absolute link", Errno.PERM, RW, "absolute/secret", 0, READ),
                open("an absolute link to within", Errno.PERM, RW, "absolute-in", 0, READ),
                open("a link to itself", Errno.LOOP, RW, "loop", 0, READ),
                open("two links to each other", Errno.LOOP, RW, "loop-a", 0, READ),
                open("a link to a file, with a slash", Errno.NOTDIR, RW, "to-file/", 0, READ),
                openNoFollow("a link that is not followed", Errno.LOOP, "to-file", 0, READ),
                openNoFollow("a link to outside that is not followed", Errno.LOOP, "out-file", 0, READ),
                openNoFollow("a link in the middle is followed all the same", Errno.SUCCESS, "to-dir/inner", 0, READ),
                openNoFollow("a link out in the middle", Errno.PERM, "out/secret", 0, READ),
                // neither file nor directory
                open("a pipe to read", Errno.NXIO, RW, "pipe", 0, READ),
                open("a pipe to write", Errno.NXIO, RW, "pipe", 0, READ | WRITE),
                open("a file in a pipe", Errno.NOTDIR, RW, "pipe/x", 0, READ),
                // names
                open("NUL", Errno.INVAL, RW, "fi\0le", 0, READ),
                open("NUL at the end", Errno.INVAL, RW, "file\0", 0, READ),
                open("not UTF-8", Errno.ILSEQ, RW, notUtf8, 0, READ),
                open(
                        "half of a character",
                        Errno.ILSEQ,
                        RW,
                        new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                        0,
                        READ),
                open("a name of 256 bytes", Errno.NAMETOOLONG, RW, name256, CREATE, READ | WRITE),
                open("a path of 4097 bytes", Errno.NAMETOOLONG, RW, "x".repeat(4097), 0, READ),
                open("a path of a megabyte", Errno.NAMETOOLONG, RW, "a/".repeat(1 << 19), 0, READ),
                open("many components", Errno.NOENT, RW, deep, 0, READ),
                open("up and down a thousand times", Errno.SUCCESS, RW, "dir/../".repeat(500) + "file", 0, READ),
                open("the name of a directory that is being made", Errno.NOENT, RW, ".wagi-new-x", CREATE, WRITE),
                // opening to write
                open("make a file", Errno.SUCCESS, RW, "made", CREATE, READ | WRITE),
                open("make a file that is there", Errno.SUCCESS, RW, "file", CREATE, READ | WRITE),
                open("make a file to read", Errno.SUCCESS, RW, "made", CREATE, READ),
                open("make a new file", Errno.SUCCESS, RW, "made", CREATE | EXCLUSIVE, WRITE),
                open("make a new file that is there", Errno.EXIST, RW, "file", CREATE | EXCLUSIVE, WRITE),
                open("make a new file where a link leads out", Errno.EXIST, RW, "out-new", CREATE | EXCLUSIVE, WRITE),
                open("make a file through a link to nothing", Errno.SUCCESS, RW, "dangling", CREATE, WRITE),
                open("make a file through a link out", Errno.PERM, RW, "out-new", CREATE, WRITE),
                open("make a file in a directory outside", Errno.PERM, RW, "out/made", CREATE, WRITE),
                open("make a file beside the root", Errno.PERM, RW, "../made", CREATE, WRITE),
                open("make a file with a slash", Errno.ISDIR, RW, "made/", CREATE, WRITE),
                open("make a file in nothing", Errno.NOENT, RW, "nothing/made", CREATE, WRITE),
                open("make a file that is a directory", Errno.ISDIR, RW, "dir", CREATE, WRITE),
                open("make a directory", Errno.INVAL, RW, "made", CREATE | DIRECTORY, READ),
                open("empty a file", Errno.SUCCESS, RW, "file", TRUNCATE, READ),
                open("empty a file outside", Errno.PERM, RW, "out-file", TRUNCATE, READ | WRITE),
                open("write to a file of a read-only volume", Errno.ROFS, RO, "file", 0, READ | WRITE),
                open("make a file in a read-only volume", Errno.ROFS, RO, "made", CREATE, READ),
                open("empty a file of a read-only volume", Errno.ROFS, RO, "file", TRUNCATE, READ),
                open("make a file that is there in a read-only volume", Errno.SUCCESS, RO, "file", CREATE, READ),
                // descriptors that are not directories of volumes
                open("from a stream", Errno.BADF, 1, "file", 0, READ),
                open("from nothing", Errno.BADF, 40, "file", 0, READ),
                onFile("path_open: from a file", Errno.NOTDIR, (c, fd) -> c.open(fd, "x", FOLLOW, 0, READ, 0)),
                onDirectory(
                        "path_open: below a directory",
                        Errno.SUCCESS,
                        (c, fd) -> c.open(fd, "inner", FOLLOW, 0, READ, 0)),
                onDirectory(
                        "path_open: above a directory",
                        Errno.PERM,
                        (c, fd) -> c.open(fd, "../file", FOLLOW, 0, READ, 0)),
                onDirectory(
                        "path_open: a link that leaves the directory",
                        Errno.PERM,
                        (c, fd) -> c.open(fd, "up/file", FOLLOW, 0, READ, 0)),
                // stat
                stat("a file", Errno.SUCCESS, RW, FOLLOW, "file"),
                stat("a pipe", Errno.SUCCESS, RW, FOLLOW, "pipe"),
                stat("a link that leads out", Errno.PERM, RW, FOLLOW, "out-file"),
                stat("the link itself", Errno.SUCCESS, RW, NOFOLLOW, "out-file"),
                stat("the link itself with a slash", Errno.PERM, RW, NOFOLLOW, "out/"),
                stat("a file outside through a link", Errno.PERM, RW, NOFOLLOW, "out/secret"),
                stat("the parent", Errno.PERM, RW, FOLLOW, ".."),
                stat("a file with a slash", Errno.NOTDIR, RW, FOLLOW, "file/"),
                // directories
                path("path_create_directory", "new", Errno.SUCCESS, RW, "made"),
                path("path_create_directory", "new with a slash", Errno.SUCCESS, RW, "dir/made/"),
                path("path_create_directory", "there is one", Errno.EXIST, RW, "empty"),
                path("path_create_directory", "there is a file", Errno.EXIST, RW, "file"),
                path("path_create_directory", "there is a link out", Errno.EXIST, RW, "out-new"),
                path("path_create_directory", "there is a link out, with a slash", Errno.PERM, RW, "out-new/"),
                path("path_create_directory", "in a directory outside", Errno.PERM, RW, "out/made"),
                path("path_create_directory", "beside the root", Errno.PERM, RW, "../made"),
                path("path_create_directory", "the root", Errno.EXIST, RW, "."),
                path("path_create_directory", "in a file", Errno.NOTDIR, RW, "file/made"),
                path("path_create_directory", "in nothing", Errno.NOENT, RW, "nothing/made"),
                path("path_create_directory", "read-only", Errno.ROFS, RO, "made"),
                path("path_create_directory", "there is one, read-only", Errno.EXIST, RO, "empty"),
                path("path_create_directory", "not UTF-8", Errno.ILSEQ, RW, notUtf8),
                path("path_remove_directory", "empty", Errno.SUCCESS, RW, "empty"),
                path("path_remove_directory", "not empty", Errno.NOTEMPTY, RW, "dir"),
                path("path_remove_directory", "a file", Errno.NOTDIR, RW, "file"),
                path("path_remove_directory", "a link to a directory", Errno.NOTDIR, RW, "to-dir"),
                path("path_remove_directory", "outside", Errno.PERM, RW, "out/empty"),
                path("path_remove_directory", "a link to outside with a slash", Errno.PERM, RW, "out-empty/"),
                path("path_remove_directory", "the root", Errno.INVAL, RW, "."),
                path("path_remove_directory", "the parent", Errno.PERM, RW, ".."),
                path("path_remove_directory", "read-only", Errno.ROFS, RO, "empty"),
                // removing files
                path("path_unlink_file", "a file", Errno.SUCCESS, RW, "file"),
                path("path_unlink_file", "a file with a slash", Errno.NOTDIR, RW, "file/"),
                path("path_unlink_file", "a directory", Errno.ISDIR, RW, "empty"),
                path("path_unlink_file", "a link is removed itself", Errno.SUCCESS, RW, "out-file"),
                path("path_unlink_file", "a file outside", Errno.PERM, RW, "out/secret"),
                path("path_unlink_file", "a file beside the root", Errno.PERM, RW, "../other/file"),
                path("path_unlink_file", "absolute", Errno.PERM, RW, "/etc/passwd"),
                path("path_unlink_file", "read-only", Errno.ROFS, RO, "file"),
                path("path_unlink_file", "nothing, read-only", Errno.NOENT, RO, "nothing"),
                // renaming
                rename("a file", Errno.SUCCESS, RW, "file", RW, "dir/new"),
                rename("a file onto a file", Errno.SUCCESS, RW, "file", RW, "dir/inner"),
                rename("a file onto itself", Errno.SUCCESS, RW, "file", RW, "./file"),
                rename("a file onto a directory", Errno.ISDIR, RW, "file", RW, "empty"),
                rename("a file onto a link out replaces the link", Errno.SUCCESS, RW, "file", RW, "out-file"),
                rename("a directory", Errno.SUCCESS, RW, "dir", RW, "empty/dir"),
                rename("a directory onto an empty one", Errno.SUCCESS, RW, "dir", RW, "empty"),
                rename("a directory onto a full one", Errno.NOTEMPTY, RW, "empty", RW, "dir"),
                rename("a directory onto a file", Errno.NOTDIR, RW, "empty", RW, "file"),
                rename("a directory onto a link to a directory", Errno.NOTDIR, RW, "empty", RW, "to-dir"),
                rename("a directory into itself", Errno.INVAL, RW, "dir", RW, "dir/sub/dir"),
                rename("a directory onto itself", Errno.SUCCESS, RW, "dir", RW, "dir"),
                rename("into a directory outside", Errno.PERM, RW, "file", RW, "out/file"),
                rename("out of a directory outside", Errno.PERM, RW, "out/secret", RW, "stolen"),
                rename("to beside the root", Errno.PERM, RW, "file", RW, "../file"),
                rename("from beside the root", Errno.PERM, RW, "../other/file", RW, "new"),
                rename("the root", Errno.BUSY, RW, ".", RW, "new"),
                rename("onto the root", Errno.BUSY, RW, "dir", RW, "."),
                rename("a link", Errno.PERM, RW, "to-file", RW, "dir/to-file-2"),
                rename("a pipe", Errno.PERM, RW, "pipe", RW, "pipe-2"),
                rename("into another volume", Errno.XDEV, RW, "file", OTHER, "new"),
                rename("into a read-only volume", Errno.XDEV, RW, "file", RO, "new"),
                rename("in a read-only volume", Errno.ROFS, RO, "file", RO, "new"),
                rename("a file with a slash", Errno.NOTDIR, RW, "file/", RW, "new"),
                // links
                new Row("path_link: never", Errno.PERM, c -> c.call("path_link", RW, 0, "file", RW, "hard")),
                new Row("path_link: from outside", Errno.PERM, c -> c.call("path_link", RW, 1, "out-file", RW, "hard")),
                new Row("path_link: there is one", Errno.EXIST, c -> c.call("path_link", RW, 0, "file", RW, "dir")),
                new Row("path_link: read-only", Errno.ROFS, c -> c.call("path_link", RO, 0, "file", RO, "hard")),
                new Row("path_symlink: never", Errno.PERM, c -> c.call("path_symlink", "file", RW, "soft")),
                new Row("path_symlink: absolute", Errno.PERM, c -> c.call("path_symlink", "/etc", RW, "soft")),
                new Row("path_symlink: outside", Errno.PERM, c -> c.call("path_symlink", "x", RW, "out/soft")),
                new Row("path_symlink: read-only", Errno.ROFS, c -> c.call("path_symlink", "file", RO, "soft")),
                new Row(
                        "path_symlink: nothing, with a slash",
                        Errno.NOENT,
                        c -> c.call("path_symlink", "a", RW, "no/")),
                new Row(
                        "path_link: nothing, with a slash",
                        Errno.NOENT,
                        c -> c.call("path_link", RW, 0, "file", RW, "no/")),
                new Row(
                        "path_symlink: a directory, with a slash",
                        Errno.EXIST,
                        c -> c.call("path_symlink", "a", RW, "dir/")),
                // where links are allowed
                symlink("a file", Errno.SUCCESS, "file", "soft"),
                symlink("nothing", Errno.SUCCESS, "no/such/file", "soft"),
                symlink("with dots and a slash", Errno.SUCCESS, "./dir//./", "soft"),
                symlink("up to the root", Errno.SUCCESS, "..", "dir/soft"),
                symlink("up and down", Errno.SUCCESS, "../../file", "dir/sub/soft"),
                symlink("itself", Errno.SUCCESS, "soft", "soft"),
                symlink("in a directory behind a link", Errno.SUCCESS, "../file", "to-dir/soft"),
                symlink("out of the root", Errno.PERM, "..", "soft"),
                symlink("out of the root, far", Errno.PERM, "../../outside", "dir/soft"),
                symlink("far out of a link's directory", Errno.PERM, "../../file", "to-dir/soft"),
                symlink("out of the root, hidden", Errno.PERM, "./.././../x", "dir/soft"),
                symlink("up after a name, which may become a link", Errno.PERM, "sub/../inner", "dir/soft"),
                symlink("absolute", Errno.PERM, "/etc/passwd", "soft"),
                symlink("absolute, to within", Errno.PERM, "//links/file", "soft"),
                symlink("without text", Errno.NOENT, "", "soft"),
                symlink("NUL", Errno.INVAL, "a\0b", "soft"),
                symlink("not UTF-8", Errno.ILSEQ, notUtf8, "soft"),
                symlink("longer than a path", Errno.NAMETOOLONG, "x".repeat(4097), "soft"),
                symlink("a name of a directory that is being made", Errno.PERM, ".wagi-new-x/a", "soft"),
                symlink("there is one", Errno.EXIST, "file", "to-file"),
                symlink("with a slash", Errno.NOENT, "file", "soft/"),
                symlink("outside", Errno.PERM, "file", "out/soft"),
                symlink("beside the root", Errno.PERM, "file", "../soft"),
                new Row("path_symlink: and through it", Errno.SUCCESS, c -> {
                    c.call("path_symlink", "../dir", LINKS, "dir/soft");
                    c.open(LINKS, "dir/soft/soft/inner", 0, READ);
                }),
                new Row("path_link: never, also where links are allowed", Errno.PERM, c -> {
                    c.call("path_link", LINKS, 0, "file", LINKS, "hard");
                }),
                linked("deeper", Errno.SUCCESS, "dir/soft", "dir/sub/soft"),
                linked("as deep", Errno.SUCCESS, "dir/soft", "empty/soft"),
                linked("onto a file", Errno.SUCCESS, "dir/soft", "dir/inner"),
                linked("onto a directory", Errno.ISDIR, "dir/soft", "dir/sub"),
                linked("nearer to the root, where it would lead out", Errno.PERM, "dir/soft", "soft"),
                rename("a link, where links are allowed", Errno.SUCCESS, LINKS, "to-file", LINKS, "dir/to-file-2"),
                rename("a link that leads out, also there", Errno.PERM, LINKS, "out", LINKS, "out-2"),
                rename("an absolute link, also there", Errno.PERM, LINKS, "absolute-in", LINKS, "absolute-2"),
                rename("a directory with a link that leads out", Errno.PERM, LINKS, "dir", LINKS, "empty"),
                new Row("path_rename: a directory with a link that would lead out", Errno.PERM, c -> {
                    c.call("path_symlink", "../../file", LINKS, "dir/sub/soft");
                    c.call("path_rename", LINKS, "dir/sub", LINKS, "sub");
                }),
                new Row("path_rename: a directory with a deep link that would lead out", Errno.PERM, c -> {
                    c.call("path_create_directory", LINKS, "dir/sub/a");
                    c.call("path_symlink", "../../../file", LINKS, "dir/sub/a/soft");
                    c.call("path_rename", LINKS, "dir/sub", LINKS, "sub");
                }),
                new Row("path_rename: a directory with a link that stays within", Errno.SUCCESS, c -> {
                    c.call("path_symlink", "../inner", LINKS, "dir/sub/soft");
                    c.call("path_rename", LINKS, "dir/sub", LINKS, "sub");
                }),
                new Row("path_symlink: in a directory that was moved nearer to the root", Errno.BUSY, c -> {
                    WasiCalls.At fd = c.open(LINKS, "dir/sub", DIRECTORY, READ);
                    c.call("path_rename", LINKS, "dir/sub", LINKS, "sub");
                    c.call("path_symlink", "../../file", fd, "soft");
                }),
                new Row("path_rename: a link into a directory that was moved nearer to the root", Errno.BUSY, c -> {
                    WasiCalls.At fd = c.open(LINKS, "dir/sub", DIRECTORY, READ);
                    c.call("path_create_directory", LINKS, "empty/a");
                    c.call("path_symlink", "../../file", LINKS, "empty/a/soft");
                    c.call("path_rename", LINKS, "dir/sub", LINKS, "sub");
                    c.call("path_rename", LINKS, "empty/a/soft", fd, "soft");
                }),
                readlink("a link", Errno.SUCCESS, "to-file"),
                readlink("a link out, which is only text", Errno.SUCCESS, "out"),
                readlink("an absolute link", Errno.PERM, "absolute"),
                readlink("a file", Errno.INVAL, "file"),
                readlink("nothing", Errno.NOENT, "nothing"),
                // times
                times("a file", Errno.SUCCESS, RW, FOLLOW, "file"),
                times("a directory", Errno.SUCCESS, RW, FOLLOW, "dir"),
                times("a file outside", Errno.PERM, RW, FOLLOW, "out-file"),
                times("a link", Errno.PERM, RW, NOFOLLOW, "out-file"),
                times("a pipe", Errno.PERM, RW, FOLLOW, "pipe"),
                times("read-only", Errno.ROFS, RO, FOLLOW, "file"),
                new Row(
                        "path_filestat_set_times: now and given",
                        Errno.INVAL,
                        c -> c.call("path_filestat_set_times", RW, 1, "file", 0, 0, 3)),
                // on files
                onFile("fd_seek: before the start", Errno.INVAL, (c, fd) -> c.call("fd_seek", fd, -1, 0, c.reserve(8))),
                onFile("fd_seek: overflow", Errno.INVAL, (c, fd) -> {
                    c.call("fd_seek", fd, Long.MAX_VALUE, 0, c.reserve(8));
                    c.call("fd_seek", fd, 1, 1, c.reserve(8));
                }),
                onFile("fd_seek: unknown origin", Errno.INVAL, (c, fd) -> c.call("fd_seek", fd, 0, 3, c.reserve(8))),
                onFile(
                        "fd_seek: result outside of the memory",
                        Errno.FAULT,
                        (c, fd) -> c.call("fd_seek", fd, 0, 0, -1)),
                onFile("fd_pwrite: negative", Errno.INVAL, (c, fd) -> c.call("fd_pwrite", fd, 0, 0, -1, c.reserve(8))),
                onFile(
                        "fd_pread: too many buffers",
                        Errno.INVAL,
                        (c, fd) -> c.call("fd_pread", fd, 0, 1025, 0, c.reserve(8))),
                onFile(
                        "fd_pread: buffers outside",
                        Errno.FAULT,
                        (c, fd) -> c.call("fd_pread", fd, -8, 4, 0, c.reserve(8))),
                onFile("fd_allocate: nothing", Errno.INVAL, (c, fd) -> c.call("fd_allocate", fd, 0, 0)),
                onFile("fd_allocate: overflow", Errno.FBIG, (c, fd) -> c.call("fd_allocate", fd, Long.MAX_VALUE, 1)),
                onFile("fd_allocate: more", Errno.SUCCESS, (c, fd) -> c.call("fd_allocate", fd, 0, 100)),
                onFile(
                        "fd_filestat_set_size: negative",
                        Errno.INVAL,
                        (c, fd) -> c.call("fd_filestat_set_size", fd, -1)),
                onFile("fd_filestat_set_size: less", Errno.SUCCESS, (c, fd) -> c.call("fd_filestat_set_size", fd, 1)),
                onFile(
                        "fd_filestat_set_times: a file",
                        Errno.SUCCESS,
                        (c, fd) -> c.call("fd_filestat_set_times", fd, 0, 0, 5)),
                onFile("fd_filestat_set_times: a file that is gone", Errno.SUCCESS, (c, fd) -> {
                    c.call("path_unlink_file", RW, "file");
                    c.call("fd_filestat_set_times", fd, 0, 0, 5);
                }),
                onFile("fd_filestat_set_times: a file that has another name", Errno.SUCCESS, (c, fd) -> {
                    c.call("path_rename", RW, "file", RW, "dir/new");
                    c.call("path_rename", RW, "dir", RW, "moved");
                    c.call("fd_filestat_set_times", fd, 0, 0, 5);
                }),
                onFile("fd_advise: unknown", Errno.INVAL, (c, fd) -> c.call("fd_advise", fd, 0, 0, 6)),
                onFile("fd_advise: known", Errno.SUCCESS, (c, fd) -> c.call("fd_advise", fd, 0, 0, 1)),
                onFile("fd_readdir: a file", Errno.NOTDIR, (c, fd) -> c.call("fd_readdir", fd, 64, 64, 0, 0)),
                onFile("fd_prestat_get: a file", Errno.BADF, (c, fd) -> c.call("fd_prestat_get", fd, 64)),
                onFile("fd_sync", Errno.SUCCESS, (c, fd) -> c.call("fd_sync", fd)),
                onFile("fd_datasync", Errno.SUCCESS, (c, fd) -> c.call("fd_datasync", fd)),
                onFile("fd_fdstat_set_flags: NONBLOCK", Errno.SUCCESS, (c, fd) -> c.call("fd_fdstat_set_flags", fd, 4)),
                onFile(
                        "fd_fdstat_set_flags: APPEND",
                        Errno.SUCCESS,
                        (c, fd) -> c.call("fd_fdstat_set_flags", fd, APPEND)),
                onFile("fd_fdstat_set_flags: DSYNC", Errno.NOTSUP, (c, fd) -> c.call("fd_fdstat_set_flags", fd, 2)),
                onFile("fd_fdstat_set_flags: RSYNC", Errno.NOTSUP, (c, fd) -> c.call("fd_fdstat_set_flags", fd, 8)),
                onFile("fd_fdstat_set_flags: SYNC", Errno.NOTSUP, (c, fd) -> c.call("fd_fdstat_set_flags", fd, 16)),
                new Row("fd_fdstat_set_flags: SYNC that it was opened with", Errno.SUCCESS, c -> {
                    c.call("fd_fdstat_set_flags", c.open(RW, "file", FOLLOW, 0, READ | WRITE, 16), 16 | APPEND);
                }),
                new Row("fd_fdstat_set_flags: SYNC off", Errno.NOTSUP, c -> {
                    c.call("fd_fdstat_set_flags", c.open(RW, "file", FOLLOW, 0, READ | WRITE, 16), 0);
                }),
                new Row("fd_fdstat_set_flags: not open", Errno.BADF, c -> c.call("fd_fdstat_set_flags", 40, 0)),
                // flags that there are not
                unknown("path_open", c -> c.call("path_open", RW, 2, "file", 0, READ, 0, 0, c.reserve(4))),
                unknown("path_open, how", c -> c.call("path_open", RW, 1, "file", 16, READ, 0, 0, c.reserve(4))),
                unknown("path_open, fdflags", c -> c.call("path_open", RW, 1, "file", 0, READ, 0, 32, c.reserve(4))),
                new Row(
                        "path_open: unknown rights are passed over, C libraries ask for all but some",
                        Errno.SUCCESS,
                        c -> c.call("path_open", RW, 1, "file", 0, ~WRITE, -1, 0, c.reserve(4))),
                unknown("path_filestat_get", c -> c.call("path_filestat_get", RW, 2, "file", c.reserve(64))),
                unknown("path_filestat_set_times", c -> c.call("path_filestat_set_times", RW, 3, "file", 0, 0, 5)),
                unknown(
                        "path_filestat_set_times, which",
                        c -> c.call("path_filestat_set_times", RW, 1, "file", 0, 0, 16)),
                unknown("path_link", c -> c.call("path_link", RW, 2, "file", RW, "hard")),
                unknown("fd_filestat_set_times", c -> c.call("fd_filestat_set_times", RW, 0, 0, 16)),
                onFile("fd_fdstat_set_flags: unknown", Errno.INVAL, (c, fd) -> c.call("fd_fdstat_set_flags", fd, 32)),
                unknown("fd_fdstat_set_flags of a directory", c -> c.call("fd_fdstat_set_flags", RW, -1)),
                unknown("fd_fdstat_set_flags of a stream", c -> c.call("fd_fdstat_set_flags", 2, 64)),
                onFile("fd_advise: unknown, high", Errno.INVAL, (c, fd) -> c.call("fd_advise", fd, 0, 0, 256)),
                unknown("sock_recv", c -> c.call("sock_recv", 1, 0, 0, 4, 64, 64)),
                unknown("sock_send", c -> c.call("sock_send", 1, 0, 0, 1, 64)),
                unknown("sock_shutdown", c -> c.call("sock_shutdown", 1, 4)),
                unknown("sock_accept", c -> c.call("sock_accept", 1, 32, 64)),
                onFile(
                        "fd_fdstat_set_rights: more",
                        Errno.NOTCAPABLE,
                        (c, fd) -> c.call("fd_fdstat_set_rights", fd, -1, 0)),
                onFile("fd_fdstat_set_rights: none to seek, which is not enforced", Errno.SUCCESS, (c, fd) -> {
                    c.call("fd_fdstat_set_rights", fd, Rights.FD_READ, 0);
                    c.call("fd_seek", fd, 1, 0, c.reserve(8));
                }),
                onFile("fd_renumber: onto standard output", Errno.SUCCESS, (c, fd) -> c.call("fd_renumber", 2, fd)),
                onFile("fd_renumber: onto nothing", Errno.BADF, (c, fd) -> c.call("fd_renumber", fd, 50)),
                onFile("fd_close: twice", Errno.BADF, (c, fd) -> {
                    c.call("fd_close", fd);
                    c.call("fd_close", fd);
                }),
                onFile("sock_shutdown: a file", Errno.NOTSOCK, (c, fd) -> c.call("sock_shutdown", fd, 2)),
                new Row(
                        "fd_write: a file that is open to read",
                        Errno.BADF,
                        c -> c.write(c.open(RW, "file", 0, READ), "x")),
                new Row(
                        "fd_read: a file that is open to write",
                        Errno.BADF,
                        c -> c.read(c.open(RW, "file", 0, WRITE), 8)),
                new Row(
                        "fd_filestat_set_size: a file that is open to read",
                        Errno.INVAL,
                        c -> c.call("fd_filestat_set_size", c.open(RW, "file", 0, Rights.ALL & ~Rights.FD_WRITE), 1)),
                new Row(
                        "fd_allocate: a file that is open to read",
                        Errno.BADF,
                        c -> c.call("fd_allocate", c.open(RW, "file", 0, Rights.ALL & ~Rights.FD_WRITE), 0, 100)),
                // rights of a directory say nothing about what is opened from it
                new Row("path_open: from a directory that was opened without rights", Errno.SUCCESS, c -> {
                    WasiCalls.At directory = c.reserveDescriptor();
                    c.call("path_open", RW, 1, "dir", DIRECTORY, 0, 0, 0, directory.address());
                    c.write(c.open(directory, "made", FOLLOW, CREATE | TRUNCATE, READ | WRITE, 0), "x");
                }),
                new Row("path_unlink_file: from a directory that was opened without rights", Errno.SUCCESS, c -> {
                    WasiCalls.At directory = c.reserveDescriptor();
                    c.call("path_open", RW, 1, "dir", DIRECTORY, 0, 0, 0, directory.address());
                    c.call("path_unlink_file", directory, "inner");
                }),
                // on directories
                onDirectory("fd_read: a directory", Errno.ISDIR, (c, fd) -> c.read(fd, 8)),
                onDirectory("fd_write: a directory", Errno.BADF, (c, fd) -> c.write(fd, "x")),
                onDirectory("fd_seek: a directory", Errno.BADF, (c, fd) -> c.call("fd_seek", fd, 0, 0, c.reserve(8))),
                onDirectory("fd_sync: a directory", Errno.SUCCESS, (c, fd) -> c.call("fd_sync", fd)),
                onDirectory(
                        "fd_prestat_get: a directory that the guest opened",
                        Errno.BADF,
                        (c, fd) -> c.call("fd_prestat_get", fd, 64)),
                onDirectory(
                        "fd_filestat_set_times: a directory",
                        Errno.SUCCESS,
                        (c, fd) -> c.call("fd_filestat_set_times", fd, 0, 0, 5)),
                onDirectory("fd_fdstat_set_rights: none to open, which is not enforced", Errno.SUCCESS, (c, fd) -> {
                    c.call("fd_fdstat_set_rights", fd, Rights.FD_READDIR, 0);
                    c.open(fd, "inner", FOLLOW, 0, READ, 0);
                }),
                new Row("fd_readdir: a negative cookie", Errno.INVAL, c -> c.call("fd_readdir", RW, 64, 64, -1, 0)),
                new Row("fd_readdir: buffer outside", Errno.FAULT, c -> c.call("fd_readdir", RW, -64, 128, 0, 0)),
                new Row("fd_readdir: beyond the end", Errno.SUCCESS, c -> c.call("fd_readdir", RW, 64, 64, 1000, 0)),
                new Row(
                        "fd_prestat_dir_name: too small",
                        Errno.NAMETOOLONG,
                        c -> c.call("fd_prestat_dir_name", RW, 64, 2)),
                new Row("fd_prestat_get: no more volumes", Errno.BADF, c -> c.call("fd_prestat_get", 7, 64)),
                new Row("fd_close: a volume", Errno.SUCCESS, c -> c.call("fd_close", RW)));
    }

    private static Row unknown(String function, Consumer<WasiCalls> script) {
        return new Row(function + ": unknown flags", Errno.INVAL, script);
    }

    private static Row symlink(String what, int errno, Object text, String path) {
        return new Row("path_symlink: " + what, errno, calls -> calls.call("path_symlink", text, LINKS, path));
    }

    /** Renames a link to {@code ../file}. */
    private static Row linked(String what, int errno, String path, String newPath) {
        return new Row("path_rename: a link " + what, errno, calls -> {
            calls.call("path_symlink", "../file", LINKS, path);
            calls.call("path_rename", LINKS, path, LINKS, newPath);
        });
    }

    private static Row readlink(String what, int errno, String path) {
        return new Row(
                "path_readlink: " + what,
                errno,
                calls -> calls.call("path_readlink", RW, path, calls.reserve(64), 64, calls.reserve(8)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void call_anyPath_givesErrnoAndStaysInside(Row row) throws IOException {
        WasiCalls calls = new WasiCalls();
        row.script.accept(calls);

        List<Integer> errnos = calls.run(WasiCalls.COMPILED, mounts).errnos();

        assertThat(errnos.get(errnos.size() - 1)).isEqualTo(row.errno);
        assertThat(errnos.subList(0, errnos.size() - 1)).allMatch(errno -> errno == Errno.SUCCESS);
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("secret", "empty");
        }
        assertThat(outside.resolve("secret")).hasContent("SECRET");
        try (Stream<Path> files = Files.walk(temporary)) {
            assertThat(files.filter(file -> file.toString().contains(".wagi-new-")))
                    .isEmpty();
        }
    }
}
