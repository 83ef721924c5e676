// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.nio.file.Path;
import java.util.List;

/**
 * A host directory that a guest may use.
 *
 * @param guest where the guest finds it: an absolute path without empty and dot components, as {@link #problemOf} checks
 * @param host the directory; may itself be a symbolic link, which is the operator's
 * @param writable whether the guest may change anything in it
 * @param maxBytes how many bytes the files in it may have together before a guest's writing fails; {@link #UNLIMITED} for no
 *     limit. What is there already counts
 * @param maxFiles how many files and directories may be in it before a guest can make no more, as {@code maxBytes}
 * @param links whether guests may make symbolic links in it: relative ones that stay within, whoever follows them
 */
public record Volume(String guest, Path host, boolean writable, long maxBytes, long maxFiles, boolean links) {

    /** No quota. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final int MAX_GUEST_PATH = 255;

    /** Checks the guest's path. */
    public Volume {
        if (!problemOf(guest).isEmpty()) {
            throw new IllegalArgumentException("\"" + guest + "\" " + problemOf(guest));
        }
    }

    /** A volume without links of guests. */
    public Volume(String guest, Path host, boolean writable, long maxBytes, long maxFiles) {
        this(guest, host, writable, maxBytes, maxFiles, false);
    }

    /** A volume that cannot be changed. */
    public static Volume readOnly(String guest, Path host) {
        return new Volume(guest, host, false, UNLIMITED, UNLIMITED);
    }

    /** What is wrong with a guest's path; empty if nothing is. */
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

    /** Whether one of the guest's two directories is the other or lies in it. */
    public boolean overlaps(Volume other) {
        return isWithin(guest, other.guest) || isWithin(other.guest, guest);
    }

    private static boolean isWithin(String path, String directory) {
        return path.equals(directory) || path.startsWith(directory.endsWith("/") ? directory : directory + "/");
    }
}
