// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import dev.wagi.fuzz.Promise;
import dev.wagi.oci.internal.layer.LayerArchive;
import dev.wagi.oci.internal.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** Tar archives. The first byte says whether the layer is packed with gzip. */
public final class OciArchiveFuzz {

    private static final int MAX_MODULE = 1 << 20;

    private OciArchiveFuzz() {}

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] archive = Arrays.copyOfRange(input, 1, input.length);
        boolean gzip = (input[0] & 1) != 0;
        if (!gzip) {
            read(archive, TarReader.Others.REFUSED);
            read(archive, TarReader.Others.LISTED);
        }
        layer(archive, gzip, Optional.empty());
        layer(archive, gzip, Optional.of("app/module.wasm"));
    }

    private static void read(byte[] archive, TarReader.Others others) {
        TarReader tar = new TarReader(
                new ByteArrayInputStream(archive), others, new TarReader.Limits(1000, Long.MAX_VALUE, Long.MAX_VALUE));
        long total = 0;
        try {
            for (Optional<TarReader.Entry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                String name = entry.get().name();
                Promise.that(
                        (!name.isEmpty() || others == TarReader.Others.LISTED)
                                && !name.startsWith("/")
                                && !("/" + name + "/").contains("/../"),
                        "a name stays inside");
                Promise.that(entry.get().size() >= 0, "a size is one");
                byte[] buffer = new byte[1000];
                long size = 0;
                for (int read = tar.read(buffer); read >= 0; read = tar.read(buffer)) {
                    size += read;
                }
                Promise.same(size, entry.get().size(), "a file has its size");
                total += size;
                Promise.that(total <= archive.length, "nothing is read twice");
            }
        } catch (IOException e) {
            Promise.that(e.getMessage().chars().allMatch(c -> c >= ' ' && c < 0x7f), "a refusal can be logged");
        }
    }

    private static void layer(byte[] archive, boolean gzip, Optional<String> path) {
        try {
            new LayerArchive(archive, gzip, MAX_MODULE)
                    .module(path)
                    .ifPresent(module -> Promise.that(module.length <= MAX_MODULE, "a module keeps its bound"));
        } catch (OciException.Unsupported e) {
            Promise.that(e.getMessage().length() < 2000, "a refusal is short");
        }
    }
}
