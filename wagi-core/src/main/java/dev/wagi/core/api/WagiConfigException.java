// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.List;

/**
 * A configuration cannot be used. It lists everything that is wrong, not only the first thing, and nothing was started.
 */
public final class WagiConfigException extends WagiException {

    private static final long serialVersionUID = 1L;

    /** The problems, one sentence each; an exception cannot hold a {@code List} field and stay serializable. */
    private final String[] problems;

    /**
     * With the problems in the order in which they are to be shown.
     *
     * @throws IllegalArgumentException if there is none
     */
    public WagiConfigException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("problems must not be empty");
        }
        this.problems = problems.toArray(String[]::new);
    }

    /** Every problem: what, where, and what to write instead. At least one. */
    public List<String> problems() {
        return List.of(problems);
    }
}
