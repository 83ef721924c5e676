// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.layer;

import dev.wagi.oci.OciException;
import java.util.HashSet;
import java.util.Set;

/**
 * What the layers read so far, from the top, hide of the layers below: what they delete, and what they replace. For one
 * image and one thread.
 *
 * <pre>
 * app/.wh.hello.wasm    deletes app/hello.wasm, with its contents if it is a directory
 * app/.wh..wh..opq      deletes the contents of app
 * app/.wh..wh.x         metadata of other tools; ignored
 * app                   a file or link hides everything below app/, a directory hides a file app
 * </pre>
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts">OCI image spec,
 *     whiteouts</a>
 */
public final class Overlay {

    static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";

    /** An archive may contain ten thousand names of any length. */
    private static final int MAX_CHARACTERS = 16 << 20;

    private final Set<String> trees = new HashSet<>();
    private final Set<String> files = new HashSet<>();
    private final Set<String> contents = new HashSet<>();
    private int characters;

    /** Creates an overlay of an image of which no layer has been read yet. */
    public Overlay() {}

    /** Whether a name is that of a whiteout or other reserved name, and thus never a file of the image. */
    static boolean isWhiteout(String name) {
        return name.startsWith(WHITEOUT, name.lastIndexOf('/') + 1);
    }

    /**
     * Adds an entry of a layer.
     *
     * @param name the path, relative and without dot segments
     */
    void add(String name, boolean isDirectory) {
        count(name.length());
        int base = name.lastIndexOf('/') + 1;
        if (!isWhiteout(name)) {
            (isDirectory ? files : trees).add(name);
        } else if (name.startsWith(OPAQUE, base)) {
            contents.add(name.substring(0, Math.max(0, base - 1)));
        } else if (!name.startsWith(WHITEOUT, base + WHITEOUT.length()) && name.length() > base + WHITEOUT.length()) {
            trees.add(name.substring(0, base) + name.substring(base + WHITEOUT.length()));
        }
    }

    private void count(int more) {
        characters += more;
        if (characters > MAX_CHARACTERS) {
            throw new OciException.Unsupported("the image's archives contain names of more than " + MAX_CHARACTERS
                    + " characters in total; push the module on its own");
        }
    }

    /** Adds the entries of another overlay. */
    void addAll(Overlay layer) {
        trees.addAll(layer.trees);
        files.addAll(layer.files);
        contents.addAll(layer.contents);
        count(layer.characters);
    }

    /** Whether a file of a lower layer is hidden. */
    boolean hides(String name) {
        if (trees.contains(name) || files.contains(name) || contents.contains("")) {
            return true;
        }
        for (int slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
            String directory = name.substring(0, slash);
            if (trees.contains(directory) || contents.contains(directory)) {
                return true;
            }
        }
        return false;
    }
}
