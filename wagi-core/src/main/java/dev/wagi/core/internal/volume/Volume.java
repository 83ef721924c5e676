// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.nio.file.Path;
import java.util.List;

/**
 * A host directory that a guest may use.
 *
 * @param guest the guest's path: absolute, without empty or dot components, as {@link #problemOf} checks
 * @param host the directory; may itself be a symbolic link, which the operator is responsible for
 * @param writable whether the guest may change anything in it
 * @param maxBytes the maximum size of all files in it together, beyond which writes fail; {@link #UNLIMITED} for no
 *     limit. Existing contents count
 * @param maxFiles the maximum number of files and directories in it, beyond which none can be created; as
 *     {@code maxBytes}
 * @param links whether guests may create symbolic links in it: relative ones whose targets stay within the volume
 */
public record Volume(String guest, Path host, boolean writable, long maxBytes, long maxFiles, boolean links) {

    /** The value of a quota that does not limit. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final int MAX_GUEST_PATH = 255;

    /** Checks the guest's path. */
    public Volume {
        if (!problemOf(guest).isEmpty()) {
            throw new IllegalArgumentException("\"" + guest + "\" " + problemOf(guest));
        }
    }

    /** Creates a volume in which guests may not create links. */
    public Volume(String guest, Path host, boolean writable, long maxBytes, long maxFiles) {
        this(guest, host, writable, maxBytes, maxFiles, false);
    }

    /** Creates a read-only volume. */
    public static Volume readOnly(String guest, Path host) {
        return new Volume(guest, host, false, UNLIMITED, UNLIMITED);
    }

    /** Returns what is wrong with a guest's path; empty if it is valid. */
    public static String problemOf(String guest) {
        if (!guest.startsWith("/")) {
            return "is not an absolute path of the guest; write for instance \"/data\"";
        }
        if (guest.length() > MAX_GUEST_PATH || guest.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            return "is longer than " + MAX_GUEST_PATH + " characters or holds a control character";
        }
        List<String> components = List.of(guest.substring(1).split("/", -1));
        if (!guest.equals("/")
                && components.stream().anyMatch(part -> List.of("", ".", "..").contains(part))) {
            return "has an empty or a dot component; write it without, for instance \"/data\"";
        }
        return "";
    }

    /** Returns whether the guest's path of one volume is, or contains, that of the other. */
    public boolean overlaps(Volume other) {
        return isWithin(guest, other.guest) || isWithin(other.guest, guest);
    }

    private static boolean isWithin(String path, String directory) {
        return path.equals(directory) || path.startsWith(directory.endsWith("/") ? directory : directory + "/");
    }
}
