// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import java.util.ArrayList;
import java.util.List;

/** The content codings in which there may be a second file next to a file (RFC 9110, section 8.4.1). */
enum Coding {
    BROTLI("br", ".br"),
    GZIP("gzip", ".gz");

    private final String token;
    private final String suffix;

    Coding(String token, String suffix) {
        this.token = token;
        this.suffix = suffix;
    }

    /** Returns its name in Content-Encoding. */
    String token() {
        return token;
    }

    /** Returns what is appended to the name of the file. */
    String suffix() {
        return suffix;
    }

    /**
     * Returns the codings that a client accepts, the one that it prefers first, and the smaller one first among equals.
     *
     * @param values the values of all Accept-Encoding fields
     */
    static List<Coding> accepted(List<String> values) {
        if (values.isEmpty()) {
            return List.of();
        }
        List<Coding> accepted = new ArrayList<>();
        for (Coding coding : values()) {
            int quality = coding.quality(values);
            if (quality > 0) {
                int place = 0;
                while (place < accepted.size() && accepted.get(place).quality(values) >= quality) {
                    place++;
                }
                accepted.add(place, coding);
            }
        }
        return accepted;
    }

    /** Returns the weight in thousandths; 0 if it is not acceptable. */
    private int quality(List<String> values) {
        int own = -1;
        int any = 0;
        for (String value : values) {
            for (String item : value.split(",", -1)) {
                String[] parts = item.strip().split(";", 2);
                String name = parts[0].strip();
                if (name.equalsIgnoreCase(token) || this == GZIP && name.equalsIgnoreCase("x-gzip")) {
                    own = weight(parts);
                } else if (name.equals("*")) {
                    any = weight(parts);
                }
            }
        }
        return own >= 0 ? own : any;
    }

    /** RFC 9110, section 12.4.2: a number with at most three decimals, 1 if there is none; malformed ones are 0. */
    private static int weight(String[] parts) {
        if (parts.length == 1) {
            return 1000;
        }
        String parameter = parts[1].strip();
        if (!parameter.matches("[qQ]=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)")) {
            return 0;
        }
        return (int) Math.round(Double.parseDouble(parameter.substring(2)) * 1000);
    }
}
