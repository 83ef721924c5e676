// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import dev.wagi.oci.OciException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Selects the entry of an index to run: the first of wasip1/wasm, wasi/wasm, wasi/wasm32 and any OS with wasm;
 * otherwise the only entry without a platform. Entries that accompany images, such as attestations, are ignored.
 */
public final class PlatformChoice {

    private static final int MAX_NAMES = 10;

    private PlatformChoice() {}

    /**
     * Selects an entry.
     *
     * @throws OciException.Unsupported if no entry fits
     */
    public static Descriptor of(Manifest.Index index) {
        List<Descriptor> images = index.manifests().stream()
                .filter(each -> each.platform() == null || !each.platform().isUnknown())
                .toList();
        Optional<Descriptor> best = images.stream()
                .filter(each ->
                        each.platform() != null && each.platform().rank().isPresent())
                .min(Comparator.comparingInt(
                        each -> Objects.requireNonNull(each.platform()).rank().getAsInt()));
        if (best.isPresent()) {
            return best.get();
        }
        List<Descriptor> bare =
                images.stream().filter(each -> each.platform() == null).toList();
        if (bare.size() == 1) {
            return bare.get(0);
        }
        String platforms = images.stream()
                .filter(each -> each.platform() != null)
                .limit(MAX_NAMES)
                .map(each -> String.valueOf(each.platform()))
                .collect(Collectors.joining(", "));
        throw new OciException.Unsupported("the index has no image for wasip1/wasm or wasi/wasm"
                + (platforms.isEmpty() ? "" : ", only for " + platforms)
                + "; name an image that contains a WebAssembly module");
    }
}
