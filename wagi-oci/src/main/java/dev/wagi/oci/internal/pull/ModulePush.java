// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.internal.layer.WasmModule;
import dev.wagi.oci.internal.manifest.MediaTypes;
import dev.wagi.oci.internal.registry.Repository;
import dev.wagi.oci.internal.text.Json;
import java.nio.charset.StandardCharsets;

/**
 * Pushes one module as an image. The image is reproducible: it contains neither a time nor an author.
 *
 * <pre>
 * WASM_TO_OCI  configuration {}                                       layer application/vnd.wasm.content.layer.v1+wasm
 * CNCF         configuration {architecture, os, layerDigests}         layer application/wasm
 * </pre>
 */
public final class ModulePush {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final byte[] module;
    private final ModuleLayout layout;

    /**
     * Creates the push of a module.
     *
     * @throws dev.wagi.oci.OciException.Unsupported if the bytes are not a core module
     */
    public ModulePush(byte[] module, ModuleLayout layout) {
        WasmModule.check(module);
        this.module = module;
        this.layout = layout;
    }

    /** Pushes the blobs first and the manifest last, so that the image is never visible with parts missing. */
    public Digest run(Repository repository, String tag, int chunkBytes) {
        byte[] config = config();
        byte[] manifest = manifest(config);
        repository.upload(Digest.sha256(config), config, chunkBytes);
        repository.upload(Digest.sha256(module), module, chunkBytes);
        repository.push(tag, MediaTypes.OCI_MANIFEST, manifest);
        return Digest.sha256(manifest);
    }

    private byte[] config() {
        if (layout == ModuleLayout.WASM_TO_OCI) {
            return "{}".getBytes(StandardCharsets.US_ASCII);
        }
        ObjectNode config = NODES.objectNode();
        config.put("architecture", "wasm");
        config.put("os", "wasip1");
        config.putArray("layerDigests").add(Digest.sha256(module).toString());
        return Json.write(config);
    }

    private byte[] manifest(byte[] config) {
        boolean cncf = layout == ModuleLayout.CNCF;
        ObjectNode manifest = NODES.objectNode();
        manifest.put("schemaVersion", 2);
        manifest.put("mediaType", MediaTypes.OCI_MANIFEST);
        manifest.set("config", descriptor(cncf ? MediaTypes.CNCF_CONFIG : MediaTypes.WASM_TO_OCI_CONFIG, config));
        manifest.putArray("layers")
                .add(descriptor(cncf ? MediaTypes.CNCF_LAYER : MediaTypes.WASM_TO_OCI_LAYER, module));
        return Json.write(manifest);
    }

    private static ObjectNode descriptor(String mediaType, byte[] content) {
        ObjectNode descriptor = NODES.objectNode();
        descriptor.put("mediaType", mediaType);
        descriptor.put("digest", Digest.sha256(content).toString());
        descriptor.put("size", content.length);
        return descriptor;
    }
}
