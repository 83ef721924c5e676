// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.util.Locale;

/**
 * What {@code wagi doctor} found.
 *
 * @param check what was examined, a word or two
 * @param where a file, an address or a setting; never a secret
 * @param text what is the case
 * @param remedy what to do; empty if nothing has to be done
 */
record Finding(Level level, String check, String where, String text, String remedy) {

    /** How bad it is. */
    enum Level {
        OK,
        /** It works, but not as well or as safely as it could. */
        WARNING,
        /** Something will not work. */
        FAILURE;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String check, String where, String text) {
        return new Finding(Level.OK, check, where, text, "");
    }

    static Finding warning(String check, String where, String text, String remedy) {
        return new Finding(Level.WARNING, check, where, text, remedy);
    }

    static Finding failure(String check, String where, String text, String remedy) {
        return new Finding(Level.FAILURE, check, where, text, remedy);
    }

    /** The same as a warning, if it is a failure, with what follows from it. */
    Finding asWarning(String consequence) {
        return level == Level.FAILURE ? warning(check, where, text + "; " + consequence, remedy) : this;
    }

    /** As one line, or two if there is a remedy. */
    String describe() {
        String mark = switch (level) {
            case OK -> "ok      ";
            case WARNING -> "warning ";
            case FAILURE -> "FAILURE ";
        };
        return mark + check + ": " + where + ": " + text
                + (remedy.isEmpty() ? "" : System.lineSeparator() + "        " + remedy);
    }
}
