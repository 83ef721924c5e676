// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the most likely intended word for a typo. */
public final class Nearest {

    private Nearest() {}

    /** Returns the candidate with the smallest edit distance, if less than half of its letters differ. */
    public static Optional<String> of(String word, Collection<String> candidates) {
        return candidates.stream()
                .filter(candidate -> distance(word, candidate) * 2 < Math.max(candidate.length(), 3))
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
    }

    /** Returns the Levenshtein distance, ignoring case and treating dashes and underscores as equal. */
    private static int distance(String left, String right) {
        String a = left.toLowerCase(java.util.Locale.ROOT).replace('-', '_');
        String b = right.toLowerCase(java.util.Locale.ROOT).replace('-', '_');
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
