// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A configuration cannot be used. It lists everything that is wrong, not only the first thing, and nothing was started.
 */
public final class WagiConfigException extends WagiException {

    private static final long serialVersionUID = 1L;

    /** The problems, one sentence each; an exception cannot hold a {@code List} field and stay serializable. */
    private final String[] problems;

    /** What to do about each, if that is not in its text. */
    private final @Nullable Remedy[] remedies;

    /**
     * With the problems in the order in which they are to be shown.
     *
     * @throws IllegalArgumentException if there is none
     */
    public WagiConfigException(List<String> problems) {
        this(problems, Collections.nCopies(problems.size(), Optional.empty()));
    }

    private WagiConfigException(List<String> problems, List<Optional<Remedy>> remedies) {
        super(String.join(System.lineSeparator(), join(problems, remedies, Remedy::toString)));
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("problems must not be empty");
        }
        this.problems = problems.toArray(String[]::new);
        this.remedies = remedies.stream().map(remedy -> remedy.orElse(null)).toArray(Remedy[]::new);
    }

    /**
     * With problems whose remedies are not in their texts.
     *
     * @param problems in the order in which they are to be shown
     * @param remedies one for each, empty if it is in the text
     * @throws IllegalArgumentException if there is no problem, or not a remedy for each
     */
    public static WagiConfigException of(List<String> problems, List<Optional<Remedy>> remedies) {
        if (problems.size() != remedies.size()) {
            throw new IllegalArgumentException(problems.size() + " problems, " + remedies.size() + " remedies");
        }
        return new WagiConfigException(problems, remedies);
    }

    private static List<String> join(
            List<String> problems, List<Optional<Remedy>> remedies, Function<Remedy, String> words) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < problems.size(); i++) {
            texts.add(problems.get(i)
                    + remedies.get(i).map(words).map("; "::concat).orElse(""));
        }
        return texts;
    }

    /** Every problem: what, where, and what to write instead. At least one. */
    public List<String> problems() {
        return problems(Remedy::toString);
    }

    /**
     * The same in the words of a program that has its own for what its user can do.
     *
     * @param words what to show for a remedy
     */
    public List<String> problems(Function<Remedy, String> words) {
        return List.copyOf(join(
                Arrays.asList(problems),
                Arrays.stream(remedies).map(Optional::ofNullable).toList(),
                words));
    }
}
