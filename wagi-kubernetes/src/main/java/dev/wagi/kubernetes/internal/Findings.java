// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import java.util.ArrayList;
import java.util.List;

/** The findings about a manifest: problems, which reject it, and warnings. Not thread-safe. */
final class Findings {

    private final Problems problems;
    private final List<String> warnings = new ArrayList<>();

    Findings(Problems problems) {
        this.problems = problems;
    }

    /** Returns the problems, for other validators. */
    Problems problems() {
        return problems;
    }

    void problem(String place, String text) {
        problems.add(place, text);
    }

    void problem(String place, String text, Remedy remedy) {
        problems.add(place, text, remedy);
    }

    void warn(String place, String text) {
        warnings.add(place + ": " + text);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }
}
