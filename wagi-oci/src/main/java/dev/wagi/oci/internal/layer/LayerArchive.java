// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.layer;

import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.tar.TarException;
import dev.wagi.oci.internal.tar.TarReader;
import dev.wagi.oci.internal.text.Foreign;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A layer that is a tar archive. Only the module is read, into memory; links, devices and other entries of the archive
 * are skipped, so nothing from it is written to disk.
 */
public final class LayerArchive {

    /** The name of the module if the image does not specify one. */
    private static final String USUAL_NAME = "plugin.wasm";

    private static final int MAX_ENTRIES = 10_000;
    private static final byte[] MARK = {'u', 's', 't', 'a', 'r'};
    private static final int MARK_AT = 257;

    /** The maximum size of the other entries of an archive in bytes. */
    private static final long MAX_OTHERS = 64L << 20;

    private final byte[] layer;
    private final boolean gzip;
    private final long maxModule;

    /**
     * Creates a layer.
     *
     * @param maxModule the maximum size of the module in bytes
     */
    public LayerArchive(byte[] layer, boolean gzip, long maxModule) {
        this.layer = layer;
        this.gzip = gzip;
        this.maxModule = maxModule;
    }

    /** Whether content is compressed with gzip, according to its first bytes (RFC 1952, section 2.3.1). */
    public static boolean isGzip(byte[] bytes) {
        return bytes.length > 2 && (bytes[0] & 0xff) == 0x1f && (bytes[1] & 0xff) == 0x8b;
    }

    /**
     * Whether content is an archive, according to its first bytes: compressed, or with the magic of POSIX or GNU tar at
     * offset 257.
     */
    public static boolean isArchive(byte[] bytes) {
        return isGzip(bytes)
                || bytes.length > MARK_AT + MARK.length
                        && Arrays.equals(bytes, MARK_AT, MARK_AT + MARK.length, MARK, 0, MARK.length);
    }

    /**
     * Returns the module in the archive.
     *
     * @param path its path according to the image; if the image specifies none, {@code plugin.wasm} is read, otherwise
     *     the only file whose name ends in {@code .wasm}
     * @return empty if the archive does not contain it
     * @throws OciException.Unsupported if the archive is malformed or too large, or contains several candidates
     */
    public Optional<byte[]> module(Optional<String> path) {
        return module(path, new Overlay());
    }

    /**
     * Returns the module in the archive, unless a layer above hides it.
     *
     * @param above what the layers above hide; this layer is added to it
     */
    public Optional<byte[]> module(Optional<String> path, Overlay above) {
        Overlay here = new Overlay();
        Optional<byte[]> module = module(path, above, here);
        above.addAll(here);
        return module;
    }

    private Optional<byte[]> module(Optional<String> path, Overlay above, Overlay here) {
        String wanted = path.orElse(USUAL_NAME);
        byte[] exact = null;
        byte[] other = null;
        String otherName = null;
        boolean ambiguous = false;
        try {
            TarReader tar = TarReader.unpacking(
                    new ByteArrayInputStream(layer),
                    gzip,
                    TarReader.Others.LISTED,
                    new TarReader.Limits(MAX_ENTRIES, maxModule + MAX_OTHERS, maxModule + MAX_OTHERS));
            for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
                TarReader.Entry entry = next.get();
                String name = entry.name();
                here.add(name, tar.isDirectory());
                if (Overlay.isWhiteout(name) || above.hides(name)) {
                    continue;
                }
                if (name.equals(wanted)) {
                    exact = read(tar, entry);
                } else if (path.isEmpty() && exact == null && name.endsWith(".wasm") && entry.isFile()) {
                    ambiguous = ambiguous || otherName != null && !otherName.equals(name);
                    otherName = name;
                    other = ambiguous ? null : read(tar, entry);
                }
            }
        } catch (TarException e) {
            throw new OciException.Unsupported(
                    "the image's archive " + e.getMessage() + "; push the module on its own, or the image again", e);
        } catch (IOException e) {
            throw new OciException.Unsupported(
                    "the image's archive is malformed (" + Foreign.quoted(String.valueOf(e.getMessage()))
                            + "); push the image again",
                    e);
        }
        if (exact == null && ambiguous) {
            throw new OciException.Unsupported(
                    "the image's archive contains several .wasm files; name one in the image's"
                            + " entrypoint, or rename it to plugin.wasm");
        }
        return Optional.ofNullable(exact != null ? exact : other);
    }

    private byte[] read(TarReader tar, TarReader.Entry entry) throws IOException {
        if (!entry.isFile()) {
            throw new OciException.Unsupported("in the image's archive " + Foreign.quoted(entry.name())
                    + " is a link or another entry that is not a regular file; push the image with the file itself");
        }
        if (entry.size() > maxModule) {
            throw tooLarge(entry.size(), maxModule);
        }
        return tar.readAll();
    }

    /** Returns the exception for a module that is too large. */
    public static OciException tooLarge(long bytes, long max) {
        return new OciException.Unsupported("the image's module has " + bytes + " bytes and " + max
                + " are allowed; is it a module? If so, raise the limit");
    }
}
