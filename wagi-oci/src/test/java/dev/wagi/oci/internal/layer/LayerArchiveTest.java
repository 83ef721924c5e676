// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.OciException;
import dev.wagi.oci.client.Images;
import dev.wagi.oci.internal.tar.Tar;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayerArchiveTest {

    private static final byte[] MODULE = Images.module(5000);
    private static final byte[] OTHER = Images.module(60);
    private static final long MAX = 1 << 20;

    private static Optional<byte[]> module(byte[] tar, String path) {
        return new LayerArchive(Images.gzip(tar), true, MAX)
                .module(path.isEmpty() ? Optional.empty() : Optional.of(path));
    }

    /** A row: an archive, the path in the image, and whether the module is found. */
    record Found(String name, Consumer<Tar> content, String path, boolean isFound) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Found> found() {
        String deep = "d".repeat(60) + "/" + "e".repeat(120) + "/" + "f".repeat(90) + ".wasm";
        return List.of(
                new Found("plugin.wasm", t -> t.file("plugin.wasm", MODULE), "", true),
                new Found("./plugin.wasm", t -> t.file("./plugin.wasm", MODULE), "", true),
                new Found("/plugin.wasm", t -> t.file("/plugin.wasm", MODULE), "", true),
                new Found("the only .wasm", t -> t.directory("app/").file("app/x.wasm", MODULE), "", true),
                new Found(
                        "plugin.wasm before others",
                        t -> t.file("a.wasm", OTHER).file("plugin.wasm", MODULE).file("b.wasm", OTHER),
                        "",
                        true),
                new Found("nothing", t -> t.file("readme", OTHER), "", false),
                new Found("no entry at all", t -> {}, "", false),
                new Found("entrypoint", t -> t.file("a.wasm", MODULE).file("b.wasm", OTHER), "a.wasm", true),
                new Found("entrypoint elsewhere", t -> t.file("x/a.wasm", MODULE), "a.wasm", false),
                new Found("long name", t -> t.file(deep, MODULE), deep, true),
                new Found(
                        "the last of a name counts",
                        t -> t.file("a.wasm", OTHER).file("a.wasm", MODULE),
                        "a.wasm",
                        true),
                new Found(
                        "links beside it do not matter",
                        t -> t.link("etc", "/etc", true)
                                .link("b.wasm", "a.wasm", false)
                                .file("a.wasm", MODULE),
                        "",
                        true));
    }

    @ParameterizedTest
    @MethodSource("found")
    void module_isFoundByItsName(Found row) {
        byte[] tar = Images.tar(row.content());

        assertThat(module(tar, row.path()).isPresent()).isEqualTo(row.isFound());
        module(tar, row.path()).ifPresent(bytes -> assertThat(bytes).isEqualTo(MODULE));
        new LayerArchive(tar, false, MAX)
                .module(row.path().isEmpty() ? Optional.empty() : Optional.of(row.path()))
                .ifPresent(bytes -> assertThat(bytes).isEqualTo(MODULE));
    }

    /** A row: the layers of an image from the top, the path in the image, and whether MODULE is found. */
    record Layers(String name, List<Consumer<Tar>> layers, String path, boolean isFound) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final byte[] NONE = {};

    static List<Layers> layers() {
        Consumer<Tar> module = t -> t.file("app/a.wasm", MODULE);
        return List.of(
                new Layers("nothing in the way", List.of(t -> t.file("b", OTHER), module), "app/a.wasm", true),
                new Layers("deleted", List.of(t -> t.file("app/.wh.a.wasm", NONE), module), "app/a.wasm", false),
                new Layers("deleted, of no name", List.of(t -> t.file("app/.wh.a.wasm", NONE), module), "", false),
                new Layers("another deleted", List.of(t -> t.file("app/.wh.b.wasm", NONE), module), "app/a.wasm", true),
                new Layers("another directory", List.of(t -> t.file(".wh.a.wasm", NONE), module), "app/a.wasm", true),
                new Layers("directory deleted", List.of(t -> t.file(".wh.app", NONE), module), "app/a.wasm", false),
                new Layers(
                        "beginning of its name deleted",
                        List.of(t -> t.file(".wh.ap", NONE), module),
                        "app/a.wasm",
                        true),
                new Layers(
                        "deleted two layers above",
                        List.of(t -> t.file("./app/.wh.a.wasm", NONE), t -> t.file("b", OTHER), module),
                        "",
                        false),
                new Layers(
                        "deleted below, and there again",
                        List.of(module, t -> t.file("app/.wh.a.wasm", NONE), t -> t.file("app/a.wasm", OTHER)),
                        "app/a.wasm",
                        true),
                new Layers(
                        "deleted in its own layer, which means the lower ones",
                        List.of(t -> t.file("app/.wh.a.wasm", NONE).file("app/a.wasm", MODULE)),
                        "app/a.wasm",
                        true),
                new Layers("opaque directory", List.of(t -> t.file("app/.wh..wh..opq", NONE), module), "", false),
                new Layers("opaque root", List.of(t -> t.file(".wh..wh..opq", NONE), module), "", false),
                new Layers("opaque elsewhere", List.of(t -> t.file("lib/.wh..wh..opq", NONE), module), "", true),
                new Layers(
                        "opaque, and there again",
                        List.of(
                                t -> t.file("app/a.wasm", MODULE).file("app/.wh..wh..opq", NONE),
                                t -> t.file("app/b.wasm", OTHER)),
                        "",
                        true),
                new Layers(
                        "of other tools",
                        List.of(t -> t.file("app/.wh..wh.aufs", NONE).file(".wh.", NONE), module),
                        "",
                        true),
                new Layers("a file in place of its directory", List.of(t -> t.file("app", OTHER), module), "", false),
                new Layers(
                        "a link in place of its directory",
                        List.of(t -> t.link("app", "lib", true), module),
                        "",
                        false),
                new Layers("its directory again", List.of(t -> t.directory("app/"), module), "", true),
                new Layers("a directory in its place", List.of(t -> t.directory("app/a.wasm/"), module), "", false),
                new Layers("a link in its place", List.of(t -> t.link("app/a.wasm", "b", true), module), "", false),
                new Layers("a whiteout is no module", List.of(t -> t.file(".wh.b.wasm", OTHER), module), "", true),
                new Layers("a whiteout alone", List.of(t -> t.file(".wh.plugin.wasm", OTHER)), "", false),
                new Layers("a whiteout by name", List.of(t -> t.file(".wh.b.wasm", OTHER)), ".wh.b.wasm", false));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void module_thatAnUpperLayerHides_isNotThere(Layers row) {
        Overlay above = new Overlay();
        Optional<byte[]> found = Optional.empty();
        for (Consumer<Tar> layer : row.layers()) {
            if (found.isEmpty()) {
                found = new LayerArchive(Images.tar(layer), false, MAX)
                        .module(row.path().isEmpty() ? Optional.empty() : Optional.of(row.path()), above);
            }
        }

        assertThat(found.isPresent()).isEqualTo(row.isFound());
        found.ifPresent(bytes -> assertThat(bytes).isEqualTo(MODULE));
    }

    /** A row: an archive that is refused. */
    record Refused(String name, Consumer<Tar> content, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Refused> refused() {
        return List.of(
                new Refused("two", t -> t.file("a.wasm", MODULE).file("b.wasm", OTHER), "several .wasm files"),
                new Refused("symbolic link", t -> t.link("plugin.wasm", "/etc/passwd", true), "is a link"),
                new Refused("hard link", t -> t.link("plugin.wasm", "other", false), "is a link"),
                new Refused("directory", t -> t.directory("plugin.wasm/"), "is a link or another entry"),
                new Refused("upwards", t -> t.file("../plugin.wasm", MODULE), "which points outside the archive"),
                new Refused("upwards inside", t -> t.file("a/../../b", MODULE), "which points outside the archive"),
                new Refused(
                        "long name of 4 GiB",
                        t -> t.header('L', "l", 1L << 32, ""),
                        "an extended header of 4294967296"),
                new Refused("pax bomb", t -> t.header('x', "l", 1L << 32, ""), "an extended header of 4294967296"),
                new Refused("sparse", t -> t.add('S', "plugin.wasm", MODULE), "is a link or another entry"),
                new Refused("too large", t -> t.file("plugin.wasm", new byte[(int) MAX + 1]), "1048576 are allowed"),
                new Refused(
                        "bomb", t -> t.file("zeros", new byte[20 << 20]), "unpacks to more than 200 times its size"),
                new Refused(
                        "many entries",
                        t -> {
                            for (int i = 0; i <= 10_000; i++) {
                                t.link("f" + i, "x", true);
                            }
                        },
                        "more than 10000 entries"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void module_hostileArchive_isRefused(Refused row) {
        assertThatThrownBy(() -> module(Images.tar(row.content()), ""))
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining(row.reason());
    }

    @Test
    void names_ofAllLayers_areBounded() {
        byte[] name = ("n".repeat(60_000) + "\0").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] tar = Images.tar(t -> {
            for (int i = 0; i < 150; i++) {
                t.add('L', "l", name).link("n", "x", true);
            }
        });
        Overlay above = new Overlay();
        new LayerArchive(tar, false, 64 << 20).module(Optional.empty(), above);

        assertThatThrownBy(() -> new LayerArchive(tar, false, 64 << 20).module(Optional.empty(), above))
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("contain names of more than");
    }

    @Test
    void total_isBoundedWithoutCompressionToo() {
        byte[] tar = Images.tar(t -> t.file("a", new byte[40 << 20]).file("b", new byte[26 << 20]));

        assertThatThrownBy(() -> new LayerArchive(tar, false, MAX).module(Optional.empty()))
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("unpacks to more than 68157440 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 300, 600, 3000})
    void cutShort_isRefusedOrEmpty(int length) {
        byte[] tar = Images.tar(t -> t.file("plugin.wasm", MODULE));
        byte[] gzip = Arrays.copyOf(Images.gzip(tar), length);

        assertThatThrownBy(() -> new LayerArchive(gzip, true, MAX).module(Optional.empty()))
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("is malformed");
    }

    @Test
    void anyBytes_endInARefusalOrNothing() {
        byte[] tar = Images.tar(t -> t.file("a/plugin.wasm", MODULE).link("x", "y", true));
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] broken = tar.clone();
            for (int j = 0; j < 3; j++) {
                broken[random.nextInt(1024)] = (byte) random.nextInt(256);
            }
            try {
                new LayerArchive(broken, false, MAX).module(Optional.empty());
            } catch (OciException.Unsupported e) {
                refused++;
            }
        }

        assertThat(refused).isPositive();
    }
}
