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
 * Selects the layers of an image that can contain its module: by the media types of the layers, then by the titles that
 * plain {@code oras push} sets, then by the media type of the configuration, then by an annotation. The artifact type
 * is ignored, because it can be anything.
 *
 * @param kind the packaging according to the media type; the first bytes of the layer take precedence over it
 * @param layers the layer that is the module, or the layers to search, in this order
 */
public record ModuleChoice(Kind kind, List<Descriptor> layers) {

    /** The packaging of a module. */
    public enum Kind {
        /** The layer is the module. */
        RAW,
        /** The module is a file in a tar archive. */
        TAR,
        /** The module is a file in a compressed tar archive. */
        TAR_GZIP
    }

    private static final String VARIANT = "module.wasm.image/variant";
    private static final String TITLE = "org.opencontainers.image.title";
    private static final int MAX_LAYERS = 32;
    private static final int MAX_NAMES = 5;

    /** Copies the layers. */
    public ModuleChoice {
        layers = List.copyOf(layers);
    }

    /**
     * Selects the layers of an image.
     *
     * @throws OciException.Unsupported if the image has no module, more than one, or one in an unsupported format
     */
    public static ModuleChoice of(Manifest.Image image) {
        List<Descriptor> layers = image.layers();
        if (layers.isEmpty()) {
            throw new OciException.Unsupported("the image has no layers; push a module");
        }
        if (layers.stream().anyMatch(layer -> layer.mediaType().equals(MediaTypes.SPIN_APPLICATION))) {
            throw new OciException.Unsupported(
                    "the image is a Spin application, which may contain several modules; push the wanted module as a"
                            + " separate image");
        }
        List<Descriptor> modules = layers.stream()
                .filter(layer -> MediaTypes.MODULES.contains(layer.mediaType()))
                .toList();
        String config = image.config() == null ? "" : image.config().mediaType();
        long files = layers.stream().filter(ModuleChoice::isNamedWasm).count();
        boolean cncf = config.equals(MediaTypes.CNCF_CONFIG);
        if (modules.size() > 1 || modules.isEmpty() && files > 1 || cncf && layers.size() > 1) {
            throw new OciException.Unsupported("the image has " + layers.size()
                    + " layers instead of one module; push each module as a separate image");
        }
        if (modules.size() == 1) {
            return new ModuleChoice(Kind.RAW, modules);
        }
        if (layers.stream().anyMatch(layer -> MediaTypes.TAR_ZSTD.contains(layer.mediaType()))) {
            throw new OciException.Unsupported(
                    "the image's layers are compressed with zstd, which is not supported; push it with gzip");
        }
        if (files == 1) {
            // The media type says tar, because that is the default of tools that were given none, or is a generic
            // binary type.
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
        throw new OciException.Unsupported("none of the image's layers is a WebAssembly module, their media types are "
                + types + "; name an image that contains one");
    }

    /** Whether a tool uploaded the file as it is, with its name as the title. */
    private static boolean isNamedWasm(Descriptor layer) {
        return layer.annotations().getOrDefault(TITLE, "").endsWith(".wasm");
    }

    /** Returns the packaging of a layer. */
    public static Kind kind(Descriptor layer) {
        if (MediaTypes.MODULES.contains(layer.mediaType())) {
            return Kind.RAW;
        }
        return MediaTypes.TAR.contains(layer.mediaType()) ? Kind.TAR : Kind.TAR_GZIP;
    }

    /** Returns the archives, the last layer first, because it hides files of the layers below. */
    private static List<Descriptor> archives(List<Descriptor> layers) {
        List<Descriptor> archives = new ArrayList<>(layers.stream()
                .filter(layer ->
                        MediaTypes.TAR.contains(layer.mediaType()) || MediaTypes.TAR_GZIP.contains(layer.mediaType()))
                .toList());
        Collections.reverse(archives);
        return archives.size() > MAX_LAYERS ? archives.subList(0, MAX_LAYERS) : archives;
    }
}
