// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.client.Images;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Parsing manifests, and selecting the entry of an index and the layer of the module. */
class ManifestsTest {

    private static final Digest DIGEST = Digest.sha256(new byte[1]);
    private static final String LAYER = Images.descriptor("application/wasm", DIGEST, 1);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // Parsing

    /** A row: the Content-Type, the mediaType of the body if it has one, and the result; empty if it is refused. */
    record Type(String contentType, String own, String result) {}

    static List<Type> types() {
        return List.of(
                new Type(Images.OCI_MANIFEST, Images.OCI_MANIFEST, Images.OCI_MANIFEST),
                new Type(Images.OCI_MANIFEST, "", Images.OCI_MANIFEST),
                new Type(Images.OCI_MANIFEST + "; charset=utf-8", Images.OCI_MANIFEST, Images.OCI_MANIFEST),
                new Type("Application/VND.OCI.image.manifest.v1+JSON", "", Images.OCI_MANIFEST),
                new Type("", Images.DOCKER_MANIFEST, Images.DOCKER_MANIFEST),
                new Type("application/json", Images.OCI_MANIFEST, Images.OCI_MANIFEST),
                new Type("application/octet-stream", "", Images.OCI_MANIFEST),
                new Type("text/plain", "", Images.OCI_MANIFEST),
                new Type(Images.OCI_MANIFEST, Images.DOCKER_MANIFEST, ""),
                new Type(Images.OCI_INDEX, Images.OCI_MANIFEST, ""),
                new Type("text/html", "", ""),
                new Type("application/vnd.docker.distribution.manifest.v1+prettyjws", "", ""));
    }

    @ParameterizedTest
    @MethodSource("types")
    void read_typeOfFieldAndBody_mustAgree(Type row) {
        String own = row.own().isEmpty() ? "" : "\"mediaType\":\"" + row.own() + "\",";
        byte[] manifest = utf8("{" + own + "\"config\":" + LAYER + ",\"layers\":[" + LAYER + "]}");

        if (row.result().isEmpty()) {
            assertThatThrownBy(() -> ManifestReader.read(manifest, row.contentType()))
                    .isInstanceOf(OciException.Unsupported.class);
        } else {
            assertThat(ManifestReader.read(manifest, row.contentType()).mediaType())
                    .isEqualTo(row.result());
        }
    }

    static List<String> malformed() {
        return List.of(
                "",
                "null",
                "[]",
                "{}",
                "{\"layers\":5,\"config\":" + LAYER + "}",
                "{\"layers\":[]}",
                "{\"layers\":[5],\"config\":" + LAYER + "}",
                "{\"layers\":[{}],\"config\":" + LAYER + "}",
                "{\"layers\":[],\"config\":" + LAYER + "} {}",
                "{\"layers\":[],\"config\":" + LAYER.replace("sha256:", "md5:") + "}",
                "{\"layers\":[],\"config\":" + LAYER.replace("\"size\":1", "\"size\":-1") + "}",
                "{\"layers\":[],\"config\":" + LAYER.replace("\"size\":1", "\"size\":1.5") + "}",
                "{\"layers\":[],\"config\":" + LAYER.replace("\"size\":1", "\"size\":\"1\"") + "}",
                "{\"layers\":[],\"config\":" + LAYER.replace("\"size\":1", "\"size\":99999999999999999999") + "}",
                "{\"layers\":[],\"config\":" + LAYER.replace("\"size\":1", "\"size\":1e5") + "}",
                "{\"layers\":[" + (LAYER + ",").repeat(1000) + LAYER + "],\"config\":" + LAYER + "}");
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void read_malformed_isRefused(String manifest) {
        assertThatThrownBy(() -> ManifestReader.read(utf8(manifest), Images.OCI_MANIFEST))
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("malformed");
    }

    @Test
    void read_textOfTheRegistry_isEscapedAndCut() {
        assertThatThrownBy(() -> ManifestReader.read(
                        utf8("{\"mediaType\":\"a\\u001b[31m\\n" + "x".repeat(500) + "\"}"), Images.OCI_MANIFEST))
                .hasMessageContaining("\"a\\u001b[31m\\u000ax")
                .satisfies(failure -> assertThat(failure.getMessage()).hasSizeLessThan(400));
    }

    // Selecting from an index

    /** A row: the platforms of an index, with a slash; the selected entry, or -1. */
    record Choice(List<String> platforms, int taken) {}

    static List<Choice> choices() {
        return List.of(
                new Choice(List.of("wasi/wasm", "wasip1/wasm"), 1),
                new Choice(List.of("Wasip1/Wasm"), 0),
                new Choice(List.of("wasi/wasm32", "wasi/wasm"), 1),
                new Choice(List.of("wasip2/wasm", "wasi/wasm32"), 1),
                new Choice(List.of("linux/amd64", "wasip2/wasm"), 1),
                new Choice(List.of("js/wasm", "wasi/wasm"), 1),
                new Choice(List.of("", "wasi/wasm"), 1),
                new Choice(List.of(""), 0),
                new Choice(List.of("linux/amd64", ""), 1),
                new Choice(List.of("unknown/unknown", ""), 1),
                new Choice(List.of("unknown/unknown", "wasi/wasm", "unknown/unknown"), 1),
                new Choice(List.of("wasi/wasm", "wasi/wasm"), 0),
                new Choice(List.of("", ""), -1),
                new Choice(List.of("unknown/unknown"), -1),
                new Choice(List.of("linux/wasm32", "linux/arm64"), -1),
                new Choice(List.of(), -1));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void index_choosesWhatWeRun(Choice row) {
        List<Descriptor> entries = new ArrayList<>();
        for (String text : row.platforms()) {
            String[] parts = text.split("/");
            entries.add(descriptor("x", entries.size(), text.isEmpty() ? null : new Platform(parts[0], parts[1])));
        }
        Manifest.Index index = new Manifest.Index(Images.OCI_INDEX, entries, Map.of());

        if (row.taken() < 0) {
            assertThatThrownBy(() -> PlatformChoice.of(index)).isInstanceOf(OciException.Unsupported.class);
        } else {
            assertThat(PlatformChoice.of(index)).isEqualTo(entries.get(row.taken()));
        }
    }

    private static Descriptor descriptor(String type, long size, @Nullable Platform platform) {
        return new Descriptor(type, DIGEST, size, platform, "", Map.of());
    }

    // Selecting from an image

    /** A row: the types of configuration and layers, and how and where the module is packed; empty if it is refused. */
    record Layers(String config, List<String> layers, String kind, List<Integer> order) {}

    static List<Layers> layers() {
        String wasm = "application/vnd.wasm.content.layer.v1+wasm";
        String gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
        String tar = "application/vnd.docker.image.rootfs.diff.tar";
        return List.of(
                new Layers("", List.of(wasm), "RAW", List.of(0)),
                new Layers("", List.of("text/plain", "application/wasm"), "RAW", List.of(1)),
                new Layers("", List.of(gzip, wasm, gzip), "RAW", List.of(1)),
                new Layers("", List.of(gzip), "TAR_GZIP", List.of(0)),
                new Layers("", List.of(gzip, tar, "text/plain"), "TAR", List.of(1, 0)),
                new Layers(MediaTypes.CNCF_CONFIG, List.of("anything"), "RAW", List.of(0)),
                new Layers(MediaTypes.WASM_TO_OCI_CONFIG, List.of("anything"), "RAW", List.of(0)),
                new Layers(MediaTypes.CNCF_CONFIG, List.of("application/wasm", "text/plain"), "", List.of()),
                new Layers("", List.of(wasm, wasm), "", List.of()),
                new Layers("", List.of("anything"), "", List.of()),
                new Layers("", List.of(), "", List.of()),
                new Layers("", List.of("application/vnd.oci.image.layer.v1.tar+zstd", gzip), "", List.of()),
                new Layers("", List.of("application/vnd.fermyon.spin.application.v1+config", wasm), "", List.of()));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void image_choosesByLayersFirst(Layers row) {
        List<Descriptor> layers = new ArrayList<>();
        row.layers().forEach(type -> layers.add(descriptor(type, layers.size(), null)));
        Manifest.Image image = new Manifest.Image(
                Images.OCI_MANIFEST, "application/wasm", descriptor(row.config(), 2, null), layers, Map.of());

        if (row.kind().isEmpty()) {
            assertThatThrownBy(() -> ModuleChoice.of(image)).isInstanceOf(OciException.Unsupported.class);
        } else {
            ModuleChoice choice = ModuleChoice.of(image);
            assertThat(choice.kind().name()).isEqualTo(row.kind());
            assertThat(choice.layers())
                    .isEqualTo(row.order().stream().map(layers::get).toList());
        }
    }

    // The program of an ordinary image

    /** A row: a configuration, and the path in it. */
    record Program(String config, String path) {}

    static List<Program> programs() {
        return List.of(
                new Program("{}", ""),
                new Program("{\"config\":{\"Entrypoint\":[\"/a.wasm\"]}}", "a.wasm"),
                new Program("{\"config\":{\"Entrypoint\":[\"a.wasm\",\"-x\"],\"Cmd\":[\"b.wasm\"]}}", "a.wasm"),
                new Program("{\"config\":{\"Entrypoint\":null,\"Cmd\":[\"./b.wasm\"]}}", "b.wasm"),
                new Program("{\"config\":{\"Entrypoint\":[\"/bin/sh\"],\"Cmd\":[\"b.wasm\"]}}", "b.wasm"),
                new Program("{\"config\":{\"WorkingDir\":\"/app/\",\"Cmd\":[\"b.wasm\"]}}", "app/b.wasm"),
                new Program("{\"config\":{\"WorkingDir\":\"/app\",\"Cmd\":[\"/b.wasm\"]}}", "b.wasm"),
                new Program("{\"config\":{\"Cmd\":[\"/../b.wasm\"]}}", "../b.wasm"),
                new Program("{\"config\":{\"Cmd\":\"b.wasm\"}}", ""));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void config_namesTheModule(Program row) {
        assertThat(ImageConfig.module(utf8(row.config())))
                .isEqualTo(row.path().isEmpty() ? Optional.empty() : Optional.of(row.path()));
    }
}
