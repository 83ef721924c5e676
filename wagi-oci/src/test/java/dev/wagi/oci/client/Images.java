// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.tar.Tar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/** Modules and manifests for tests. */
public final class Images {

    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String WASM_LAYER = "application/vnd.wasm.content.layer.v1+wasm";

    /** The empty module. */
    public static final byte[] MODULE = {0, 'a', 's', 'm', 1, 0, 0, 0};

    public static final byte[] COMPONENT = {0, 'a', 's', 'm', 0x0d, 0, 1, 0};

    private Images() {}

    /** Returns a module of a given size, filled with one incompressible custom section. */
    public static byte[] module(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        System.arraycopy(MODULE, 0, bytes, 0, MODULE.length);
        return bytes;
    }

    public static String wasmToOci(Digest layer, long size) {
        return manifest("application/vnd.wasm.config.v1+json", descriptor(WASM_LAYER, layer, size));
    }

    /** Returns a manifest without a media type, as wasm-to-oci writes it. */
    public static String manifest(String configType, String... layers) {
        return "{\"schemaVersion\":2,\"config\":"
                + descriptor(configType, Digest.sha256("{}".getBytes(StandardCharsets.US_ASCII)), 2)
                + ",\"layers\":[" + String.join(",", layers) + "]}";
    }

    public static String manifestWithConfig(String config, String... layers) {
        return "{\"schemaVersion\":2,\"config\":" + config + ",\"layers\":[" + String.join(",", layers) + "]}";
    }

    public static String descriptor(String mediaType, Digest digest, long size) {
        return "{\"mediaType\":\"" + mediaType + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}";
    }

    /** Returns an entry of an index. */
    public static String entry(Digest digest, long size, String os, String architecture) {
        return "{\"mediaType\":\"" + OCI_MANIFEST + "\",\"digest\":\"" + digest + "\",\"size\":" + size
                + (os.isEmpty()
                        ? ""
                        : ",\"platform\":{\"os\":\"" + os + "\",\"architecture\":\"" + architecture + "\"}")
                + "}";
    }

    public static String index(String... entries) {
        return "{\"schemaVersion\":2,\"mediaType\":\"" + OCI_INDEX + "\",\"manifests\":[" + String.join(",", entries)
                + "]}";
    }

    /** Returns a tar archive. */
    public static byte[] tar(Consumer<Tar> content) {
        Tar tar = new Tar();
        content.accept(tar);
        return tar.end();
    }

    public static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    static byte[] changed(byte[] bytes) {
        byte[] copy = Arrays.copyOf(bytes, bytes.length);
        copy[copy.length - 1] ^= 1;
        return copy;
    }
}
