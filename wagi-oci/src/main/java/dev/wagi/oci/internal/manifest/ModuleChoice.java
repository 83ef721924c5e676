// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.text.Foreign;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where the module of an image is. The media types of the layers decide, then the titles of what plain {@code oras push}
 * uploads, then the media type of the configuration, then an annotation; the type of an artifact never does, as anybody may
 * write anything there.
 *
 * @param kind how it is packed by its media type; what its first bytes say goes before that
 * @param layers the layer that is the module; or those to look through, in this order
 */
public record ModuleChoice(Kind kind, List<Descriptor> layers) {

    /** How a module is packed. */
    public enum Kind {
        /** The layer is the module. */
        RAW,
        /** It is a file in a tar archive. */
        TAR,
        /** It is a file in a compressed tar archive. */
        TAR_GZIP
    }

    private static final String VARIANT = "module.wasm.image/variant";
    private static final String TITLE = "org.opencontainers.image.title";
    private static final int MAX_LAYERS = 32;
    private static final int MAX_NAMES = 5;

    /** Copies. */
    public ModuleChoice {
        layers = List.copyOf(layers);
    }

    /**
     * Chooses.
     *
     * @throws OciException.Unsupported if there is none, more than one, or one that we cannot unpack
     */
    public static ModuleChoice of(Manifest.Image image) {
        List<Descriptor> layers = image.layers();
        if (layers.isEmpty()) {
            throw new OciException.Unsupported("the image has no layer; push a module");
        }
        if (layers.stream().anyMatch(layer -> layer.mediaType().equals(MediaTypes.SPIN_APPLICATION))) {
            throw new OciException.Unsupported(
                    "the image is a Spin application, which may hold several modules; push the module that is meant as an"
                            + " image of its own");
        }
        List<Descriptor> modules = layers.stream()
                .filter(layer -> MediaTypes.MODULES.contains(layer.mediaType()))
                .toList();
        String config = image.config() == null ? "" : image.config().mediaType();
        long files = layers.stream().filter(ModuleChoice::isNamedWasm).count();
        boolean cncf = config.equals(MediaTypes.CNCF_CONFIG);
        if (modules.size() > 1 || modules.isEmpty() && files > 1 || cncf && layers.size() > 1) {
            throw new OciException.Unsupported("the image has " + layers.size()
                    + " layers where one module should be; push each module as an image of its own");
        }
        if (modules.size() == 1) {
            return new ModuleChoice(Kind.RAW, modules);
        }
        if (layers.stream().anyMatch(layer -> MediaTypes.TAR_ZSTD.contains(layer.mediaType()))) {
            throw new OciException.Unsupported(
                    "the image's layers are compressed with zstd, which is not unpacked here; push it with gzip");
        }
        if (files == 1) {
            // Its media type says tar, as that is what a tool writes that was not told any, or that it is bytes.
            return new ModuleChoice(
                    Kind.RAW, layers.stream().filter(ModuleChoice::isNamedWasm).toList());
        }
        List<Descriptor> archives = archives(layers);
        if (!archives.isEmpty()) {
            return new ModuleChoice(kind(archives.get(0)), archives);
        }
        if (layers.size() == 1 && (cncf || config.equals(MediaTypes.WASM_TO_OCI_CONFIG))) {
            return new ModuleChoice(Kind.RAW, layers);
        }
        if (image.annotations().getOrDefault(VARIANT, "").startsWith("compat")) {
            return new ModuleChoice(Kind.TAR_GZIP, List.of(layers.get(layers.size() - 1)));
        }
        String types = layers.stream()
                .limit(MAX_NAMES)
                .map(layer -> Foreign.quoted(layer.mediaType()))
                .collect(Collectors.joining(", "));
        throw new OciException.Unsupported("none of the image's layers is a WebAssembly module, they are " + types
                + "; name an image that holds one");
    }

    /** Whether it is a file that a tool uploaded as it was, under its name. */
    private static boolean isNamedWasm(Descriptor layer) {
        return layer.annotations().getOrDefault(TITLE, "").endsWith(".wasm");
    }

    /** How a layer is packed. */
    public static Kind kind(Descriptor layer) {
        if (MediaTypes.MODULES.contains(layer.mediaType())) {
            return Kind.RAW;
        }
        return MediaTypes.TAR.contains(layer.mediaType()) ? Kind.TAR : Kind.TAR_GZIP;
    }

    /** The last is looked through first: it hides what is below it. */
    private static List<Descriptor> archives(List<Descriptor> layers) {
        List<Descriptor> archives = new ArrayList<>(layers.stream()
                .filter(layer ->
                        MediaTypes.TAR.contains(layer.mediaType()) || MediaTypes.TAR_GZIP.contains(layer.mediaType()))
                .toList());
        Collections.reverse(archives);
        return archives.size() > MAX_LAYERS ? archives.subList(0, MAX_LAYERS) : archives;
    }
}
