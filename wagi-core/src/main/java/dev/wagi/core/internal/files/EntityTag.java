// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import java.util.List;

/**
 * The entity tag of a file (RFC 9110, section 8.8.3): its length and the time of its last change.
 *
 * @param opaque the tag with its quotes
 * @param weak whether the file may still change without its tag changing
 */
record EntityTag(String opaque, boolean weak) {

    /**
     * Returns the tag of a file.
     *
     * @param modified when it was changed, in nanoseconds since 1970
     * @param coding its content coding, empty for none
     * @param recent whether it was changed so recently that another change could have the same time
     */
    static EntityTag of(long size, long modified, String coding, boolean recent) {
        return new EntityTag(
                '"' + Long.toHexString(size) + "-" + Long.toHexString(modified) + (coding.isEmpty() ? "" : "-" + coding)
                        + '"',
                recent);
    }

    /**
     * Returns whether a list in If-Match or If-None-Match has this tag.
     *
     * @param values the values of all fields of this name
     * @param strongly whether weak tags are never equal (RFC 9110, section 8.8.3.2)
     */
    boolean isIn(List<String> values, boolean strongly) {
        for (String value : values) {
            if (value.strip().equals("*") || isIn(value, strongly)) {
                return true;
            }
        }
        return false;
    }

    private boolean isIn(String list, boolean strongly) {
        int at = 0;
        while (at < list.length()) {
            char c = list.charAt(at);
            if (c == ' ' || c == '\t' || c == ',') {
                at++;
                continue;
            }
            boolean other = list.startsWith("W/", at);
            int start = other ? at + 2 : at;
            int end = start < list.length() && list.charAt(start) == '"' ? list.indexOf('"', start + 1) : -1;
            if (end < 0) {
                return false; // malformed from here
            }
            boolean same = end + 1 - start == opaque.length() && list.startsWith(opaque, start);
            if (same && !(strongly && (weak || other))) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }

    /** Returns the value of the ETag field. */
    @Override
    public String toString() {
        return weak ? "W/" + opaque : opaque;
    }
}
