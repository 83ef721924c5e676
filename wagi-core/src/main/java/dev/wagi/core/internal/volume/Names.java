// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules for components of a guest's path. */
public final class Names {

    /**
     * The prefix of temporary names of directories and links that are being created; guests can neither see nor use
     * such names.
     */
    static final String STAGING = ".wagi-new-";

    /** Windows reserves these names in every directory, with any extension. */
    private static final Set<String> DEVICES = Set.of("con", "prn", "aux", "nul", "conin$", "conout$", "clock$");

    /** The form of the short names that Windows gives to long ones, {@code GIT~1} to {@code .git}. */
    private static final Pattern SHORT = Pattern.compile("(?=[^.]{3,8}(?:\\.|$))[^.]+~[0-9]+(?:\\.[^.]{0,3})?");

    private Names() {}

    /**
     * Returns whether a component can be a file name in a directory of the host; {@code .}, {@code ..} and the empty
     * one are not names.
     */
    static boolean isValid(String name, Path directory) {
        return isPortable(name) && isUsableIn(directory, name);
    }

    /** Returns whether the file system of a directory uses a name unchanged. */
    public static boolean isUsableIn(Path directory, String name) {
        return !hasBackslashes(directory) || isValidOnWindows(name);
    }

    /** Returns whether a path is one of Windows, where a backslash separates names. */
    static boolean hasBackslashes(Path path) {
        return path.getFileSystem().getSeparator().equals("\\");
    }

    /** Some file systems find a name in any case. */
    private static boolean isPortable(String name) {
        return !name.isEmpty()
                && name.indexOf('/') < 0
                && name.indexOf('\0') < 0
                && !name.regionMatches(true, 0, STAGING, 0, STAGING.length());
    }

    /**
     * Returns whether Windows uses a name unchanged. A backslash is a separator, and a colon marks a drive or a stream
     * of a file; dots and spaces at the end are dropped, so that two names become one; long names have a short one as
     * well; device names exist in every directory.
     */
    public static boolean isValidOnWindows(String name) {
        if (name.chars().anyMatch(c -> c < ' ' || "\\/:*?\"<>|".indexOf(c) >= 0)) {
            return false;
        }
        char last = name.charAt(name.length() - 1);
        if (last == '.' || last == ' ' || SHORT.matcher(name).matches()) {
            return false;
        }
        int dot = name.indexOf('.');
        String stem = (dot < 0 ? name : name.substring(0, dot)).strip().toLowerCase(Locale.ROOT);
        return !DEVICES.contains(stem) && !stem.matches("(com|lpt)[0-9\u00b9\u00b2\u00b3]");
    }
}
